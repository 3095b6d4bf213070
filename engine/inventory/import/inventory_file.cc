#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text/name_text.h"
#include "engine/inventory/finish_table.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/load_text.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {
namespace {

ImportedGroup imported_from(const TargetTable& table, const Group& group) {
  ImportedGroup imported{group.name, {}, group.parent, group.note};
  imported.targets.reserve(group.targets);
  for (const Target& row : table.rows(group)) {
    imported.targets.push_back({row.address, row.port, row.expect});
  }
  return imported;
}

Imported all_in_one(const TargetTable& table, const std::string& name) {
  ImportedGroup whole{name, {}, {}, {}};
  for (const Group& group : table.groups()) {
    std::ranges::copy(imported_from(table, group).targets, std::back_inserter(whole.targets));
  }
  return {{std::move(whole)}, {}};
}

}  // namespace

Result<Imported> import_inventory(const std::string& path, const std::string& group) {
  // Port 0 stands for "no port"; no inventory can contain it.
  LoadRequest request{.files = {path}, .default_ports = {Port{0}}};
  TableBuilder builder(request);
  auto file = FileSource::open(path);
  if (!file) return std::unexpected(file.error());
  const auto read = read_source(file->name(), *file, builder);
  if (const auto unchanged = file->unchanged(); !unchanged) {
    return std::unexpected(unchanged.error());
  }
  if (!read) return std::unexpected(read.error());
  Draft draft = std::move(builder).take();
  const bool groups_said = std::ranges::any_of(draft.entries, &Entry::group_said);
  if (groups_said && !group.empty()) request.only_groups = {group};
  const auto inventory = finish_table(std::move(draft), request);
  if (!inventory) return std::unexpected(inventory.error());
  const TargetTable& table = inventory->table;
  if (!groups_said && !group.empty()) return all_in_one(table, normal_name(group));
  Imported imported;
  for (const Group& each : table.groups()) imported.groups.push_back(imported_from(table, each));
  return imported;
}

Result<void> exclude(Imported& imported, const std::vector<AddressRange>& ranges) {
  const auto is_excluded = [&ranges](const ImportedTarget& target) {
    return std::ranges::any_of(ranges, [&target](const AddressRange& range) {
      return range.first.is_v4() == target.address.is_v4() && range.contains(target.address);
    });
  };
  for (ImportedGroup& group : imported.groups) {
    if (!ranges.empty()) std::erase_if(group.targets, is_excluded);
    if (group.targets.empty()) {
      return fail(ErrorCode::kInput, fmt::format("every address of group '{}' is excluded; narrow "
                                                 "the --exclude ranges",
                                                 group.name));
    }
  }
  return {};
}

}  // namespace rollcall::inventory
