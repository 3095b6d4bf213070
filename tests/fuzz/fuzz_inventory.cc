// libFuzzer: any bytes either load or give an error; a table that loads obeys its invariants, and
// naming every diagnostic finds one exactly where naming the first does.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/error.h"
#include "engine/inventory/load_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rollcall;
  using namespace rollcall::inventory;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  LoadRequest request{.default_ports = {Port{80}}, .seed = 1, .targets_max = 100000};
  const auto inventory = load_text("fuzz", text, request);
  request.diagnostics_max = 20;
  ROLLCALL_CHECK(load_text("fuzz", text, request).has_value() == inventory.has_value());
  if (!inventory) {
    ROLLCALL_CHECK(!inventory.error().context.empty());
    return 0;
  }
  const TargetTable& table = inventory->table;
  ROLLCALL_CHECK(table.size() > 0);
  for (std::uint32_t i = 0; i < table.size(); i += 1 + table.size() / 64) {
    ROLLCALL_CHECK(table.find(table[{i}].address, table[{i}].port) == TargetIndex{i});
  }
  return 0;
}
