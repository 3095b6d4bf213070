// libFuzzer: any bytes as what `inventory import` reads.
//
// The first byte chooses the reader. Beyond "no crash": what is imported may be probed, and one
// group merges into an inventory that loads (several may claim the same target, which is an error).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/error.h"
#include "engine/inventory/import/merge.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/load_text.h"
#include "engine/inventory/scope.h"

namespace {

using namespace rollcall;
using namespace rollcall::inventory;

Result<Imported> read_as(std::uint8_t choice, const WholeFile& file) {
  switch (choice % 6) {
    case 0:
      return import_ip_addr(file, "web42", {});
    case 1:
      return import_ip_addr(file, "web42", {"eth0"});
    case 2:
      return import_etc_ips(file, "web42", std::nullopt);
    case 3:
      return import_etc_ips(file, "web42", Address::parse("192.0.2.42"));
    case 4:
      return import_file_sd(file, {.group = "web42", .group_label = ""});
    default:
      return import_file_sd(file, {.group = "", .group_label = "server"});
  }
}

// As `inventory import -p 80 --into` a new file.
void check_merge(const Imported& imported) {
  const auto document = CsvDocument::parse("fleet.csv", "");
  ROLLCALL_CHECK(document.has_value());
  const auto text = merge(*document, imported.groups, {.ports = {Port{80}}});
  if (!text) {
    ROLLCALL_CHECK(!text.error().context.empty());
    return;
  }
  const auto loaded = load_text("fleet.csv", *text, {.seed = 1});
  ROLLCALL_CHECK(loaded.has_value() || imported.groups.size() > 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const WholeFile file{"fuzz", std::string(reinterpret_cast<const char*>(data + 1), size - 1)};
  const auto imported = read_as(data[0], file);
  if (!imported) {
    ROLLCALL_CHECK(!imported.error().context.empty());
    return 0;
  }
  ROLLCALL_CHECK(!imported->groups.empty());
  for (const ImportedGroup& group : imported->groups) {
    ROLLCALL_CHECK(!group.targets.empty());
    for (const ImportedTarget& target : group.targets) {
      ROLLCALL_CHECK(!refusal({target.address, target.address}));
    }
  }
  check_merge(*imported);
  return 0;
}
