// Summarises an inventory: totals, ports, expectations, parents, and addresses in several groups.
//
// Threading: a pure function.
// Units:     targets and addresses.
// Cost:      one pass over the rows, and one sort of them by address.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/inventory/ranges.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

// The same addresses in several groups, on different ports: allowed, but rarely intended.
struct Overlap {
  std::vector<std::string> groups;
  Ranges addresses;
};

struct Summary {
  std::map<std::uint16_t, std::uint64_t> ports;  // count of targets by port
  std::uint64_t open = 0;                        // targets, by expectation
  std::uint64_t bound = 0;
  std::map<std::string, std::uint64_t> parents;  // count of groups by parent
  std::uint64_t groups_without_parent = 0;
  std::vector<Overlap> overlaps;  // by first address of each set of groups
};

Summary summary_of(const TargetTable& table);

}  // namespace rollcall::inventory
