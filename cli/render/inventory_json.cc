#include "cli/render/inventory_json.h"

#include <nlohmann/json.hpp>

#include "engine/base/text/printable.h"
#include "engine/inventory/compare/summary.h"

namespace rollcall::cli {
namespace {

using Json = nlohmann::ordered_json;

Json ranges_json(const inventory::Ranges& ranges) {
  Json list = Json::array();
  for (const AddressRange& range : ranges) list.push_back(range.to_string());
  return list;
}

Json services_json(const inventory::Services& services) {
  Json list = Json::array();
  for (const auto& [port, expect] : services) {
    list.push_back(
        {{"port", port.value}, {"expect", expect == inventory::Expect::kOpen ? "open" : "bound"}});
  }
  return list;
}

Json group_json(const inventory::TargetTable& table, const inventory::Group& group) {
  Json services = Json::array();
  for (const auto& [asked, addresses] : inventory::services_of(table, group)) {
    services.push_back({{"addresses", ranges_json(addresses)}, {"services", services_json(asked)}});
  }
  return {{"group", printable(group.name)}, {"addresses", group.addresses},
          {"targets", group.targets},       {"parent", printable(group.parent)},
          {"note", printable(group.note)},  {"asked", std::move(services)}};
}

Json overlaps_json(const inventory::Summary& summary) {
  Json list = Json::array();
  for (const inventory::Overlap& overlap : summary.overlaps) {
    Json groups = Json::array();
    for (const std::string& name : overlap.groups) groups.push_back(printable(name));
    list.push_back({{"groups", std::move(groups)}, {"addresses", ranges_json(overlap.addresses)}});
  }
  return list;
}

Json change_json(const inventory::TextChange& change) {
  return {{"before", printable(change.before)}, {"after", printable(change.after)}};
}

Json group_diff_json(const inventory::GroupDiff& group) {
  Json json{{"group", printable(group.group)},
            {"addresses_before", group.addresses_before},
            {"addresses_after", group.addresses_after},
            {"added", ranges_json(group.added)},
            {"removed", ranges_json(group.removed)}};
  Json changed = Json::array();
  for (const auto& [before, after, addresses] : group.changed) {
    changed.push_back({{"addresses", ranges_json(addresses)},
                       {"before", services_json(before)},
                       {"after", services_json(after)}});
  }
  json["changed"] = std::move(changed);
  if (group.parent.before != group.parent.after) json["parent"] = change_json(group.parent);
  if (group.note.before != group.note.after) json["note"] = change_json(group.note);
  return json;
}

// Streams a list one element at a time, so that no JSON tree of a million addresses is in memory.
template <typename Items, typename Render>
void list_json(std::ostream& out, const Items& items, Render render) {
  out << '[';
  const char* separator = "\n";
  for (const auto& item : items) {
    out << separator << "  " << render(item).dump();
    separator = ",\n";
  }
  out << (items.empty() ? "]" : "\n ]");
}

}  // namespace

void show_json(std::ostream& out, const inventory::Inventory& fleet) {
  const inventory::TargetTable& table = fleet.table;
  const inventory::Summary summary = inventory::summary_of(table);
  Json ports = Json::array();
  for (const auto& [port, targets] : summary.ports) {
    ports.push_back({{"port", port}, {"targets", targets}});
  }
  Json parents = Json::array();
  for (const auto& [parent, groups] : summary.parents) {
    parents.push_back({{"parent", printable(parent)}, {"groups", groups}});
  }
  out << R"({"schema":"rollcall.inventory/1","targets":)" << table.size() << R"(,"addresses":)"
      << table.addresses() << ",\n \"duplicates\":" << fleet.duplicates
      << ",\"expect\":" << Json{{"open", summary.open}, {"bound", summary.bound}}.dump()
      << ",\n \"ports\":" << ports.dump() << ",\n \"parents\":" << parents.dump()
      << ",\n \"overlaps\":" << overlaps_json(summary).dump() << ",\n \"groups\":";
  list_json(out, table.groups(),
            [&table](const inventory::Group& group) { return group_json(table, group); });
  out << "}\n";
}

void diff_json(std::ostream& out, const inventory::InventoryDiff& diff) {
  out << R"({"schema":"rollcall.inventory-diff/1","equal":)"
      << (diff.groups.empty() ? "true" : "false") << R"(,"groups_alike":)" << diff.groups_alike
      << ",\n \"groups\":";
  list_json(out, diff.groups, group_diff_json);
  out << "}\n";
}

}  // namespace rollcall::cli
