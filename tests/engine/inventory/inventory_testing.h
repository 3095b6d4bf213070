// Helpers for the tests of this folder: load an inventory from text, and show tables as lines.
//
// Errors: load() throws if the inventory does not load, which fails the test with its error.
// Cost:   for small tables.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/inventory/load.h"
#include "engine/inventory/load_text.h"

namespace rollcall::inventory {

inline LoadRequest with_port_80() {
  return {.default_ports = {Port{80}}, .seed = 1};
}

inline Address address(std::string_view text) {
  const auto parsed = Address::parse(text);
  if (!parsed) throw std::runtime_error("not an address: " + std::string(text));
  return *parsed;
}

inline Inventory load(std::string_view text, const LoadRequest& request = with_port_80()) {
  auto inventory = load_text("fleet", text, request);
  if (!inventory) throw std::runtime_error(inventory.error().to_string());
  return *std::move(inventory);
}

// The error of an inventory that must not load; "" when it loads.
inline std::string error_of(std::string_view text, const LoadRequest& request = with_port_80()) {
  const auto inventory = load_text("fleet", text, request);
  return inventory ? "" : inventory.error().to_string();
}

// "GROUP ADDRESS PORT EXPECT label=value..." of each row, in table order.
inline std::vector<std::string> lines_of(const TargetTable& table) {
  std::vector<std::string> lines;
  for (const Target& row : table.rows()) {
    std::string line =
        fmt::format("{} {} {} {}", table.group(row.group).name, row.address.to_string(),
                    row.port.value, row.expect == Expect::kOpen ? "open" : "bound");
    for (const auto& [column, value] : table.label_sets()[row.label_set]) {
      line += fmt::format(" {}={}", column, value);
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace rollcall::inventory
