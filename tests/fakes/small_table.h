// Builds target tables by hand, without the inventory parser.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/inventory/target_table.h"

namespace rollcall::fakes {

struct Row {
  std::string address;
  std::uint16_t port = 80;
  std::string group = "g";
  inventory::Expect expect = inventory::Expect::kOpen;
};

using CanaryRows = std::vector<inventory::CanaryAddress>;

inline inventory::TargetTable table_of(const std::vector<Row>& rows,
                                       const CanaryRows& canaries = {},
                                       std::uint64_t seed = 0x5eed) {
  std::vector<inventory::Group> groups;
  std::map<std::string, std::uint32_t> by_name;
  std::vector<inventory::Target> targets;
  for (const Row& row : rows) {
    const auto [it, is_new] =
        by_name.try_emplace(row.group, static_cast<std::uint32_t>(groups.size()));
    if (is_new) groups.push_back({.name = row.group});
    targets.push_back(inventory::Target{.address = Address::parse(row.address).value(),
                                        .group = {it->second},
                                        .port = {row.port},
                                        .expect = row.expect});
  }
  std::ranges::sort(targets, {}, [](const inventory::Target& t) {
    return std::tuple(t.group, t.address, t.port);
  });
  for (std::uint32_t i = 0; i < targets.size(); ++i) {
    inventory::Group& group = groups[targets[i].group.value];
    if (group.targets++ == 0) group.first = i;
    const bool same = group.targets > 1 && targets[i - 1].address == targets[i].address;
    if (!same) ++group.addresses;
  }
  return {std::move(targets), std::move(groups), {{}}, seed, canaries};
}

// `count` consecutive addresses from 198.18.0.0 on, port 80, in groups of `per_group`.
inline inventory::TargetTable consecutive_table(
    std::uint32_t count, std::uint32_t per_group = 254, const CanaryRows& canaries = {},
    std::uint64_t seed = 0x5eed, inventory::Expect expect = inventory::Expect::kOpen) {
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < count; ++i) {
    rows.push_back({Address::from_v4(0xc6120000 + i).to_string(), 80,
                    "g" + std::to_string(i / per_group), expect});
  }
  return table_of(rows, canaries, seed);
}

// The rows of a table, as its constructor takes them.
inline std::vector<inventory::Target> rows_of(const inventory::TargetTable& table) {
  std::vector<inventory::Target> rows;
  for (const inventory::Target& row : table.rows()) rows.push_back(row);
  return rows;
}

// Converts states from TargetIndex order, as a test sets them, to ScanIndex order, as a sweep
// returns them.
template <typename State>
std::vector<State> by_place(const inventory::TargetTable& table, const std::vector<State>& states) {
  std::vector<State> placed;
  for (const inventory::Target& target : table.in_scan_order()) {
    placed.push_back(states[target.index.value]);
  }
  return placed;
}

// Canary number `n`. Its address is in no consecutive_table().
inline inventory::CanaryAddress canary(std::uint32_t n, inventory::CanaryKind kind) {
  return {Address::from_v4(0xc0000200 + n), Port{80}, kind};
}

}  // namespace rollcall::fakes
