// The order in which a sweep asks: seeded, every target exactly once, each group spread evenly.
//
// A group of n targets is asked every 1/n of the sweep from a random offset, its members in random
// order, so no server sees a burst and a lost moment on the path costs each group a little.
//
// Threading: a pure function.
// Ownership: returns a new vector.
// Units:     positions in the TargetTable's rows.
// Errors:    none.
// Cost:      O(n log n), about 0.2 s a million; 4 bytes a target, 8 more while computing.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/units.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

// Requires: the groups of a table, all of them.
std::vector<TargetIndex> scan_order(std::span<const Group> groups, std::uint64_t seed);

}  // namespace rollcall::inventory
