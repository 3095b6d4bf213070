// Computes the order in which a sweep probes: seeded, every target once, each group spread evenly.
//
// A group of n targets is probed every 1/n of the sweep from a random offset, its members in random
// order. So no server receives a burst, and a short loss on the path costs each group few replies.
//
// Threading: a pure function.
// Units:     positions in the TargetTable's rows.
// Cost:      O(n log n), about 0.2 s a million; 4 bytes a target, 8 more while computing.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/units.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

// Requires: `groups` are all groups of a table.
std::vector<TargetIndex> scan_order(std::span<const Group> groups, std::uint64_t seed);

}  // namespace rollcall::inventory
