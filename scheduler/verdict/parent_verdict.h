// Folds the verdicts of groups upward: when everything under a parent (rack, switch, site) is down,
// the parent is the news and its groups are not.
//
// Threading: pure functions.
// Ownership: ParentDown borrows its name from the table.
// Units:     counts of addresses; one that belongs to two groups counts in each.
// Errors:    none.
// Cost:      one pass over the table's groups; one hash entry a parent.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"

namespace rollcall::verdict {

struct ParentDown {
  std::string_view parent;
  std::vector<GroupIndex> groups;  // all that it has in the table, ascending; at least two
  std::uint64_t addresses = 0;
};

// The parents of which every group is down, in the order of their first groups. A parent with one
// group is left out: the group's own verdict says it all.
std::vector<ParentDown> parents_down(const inventory::TargetTable& table,
                                     std::span<const GroupReport> groups_not_up);

// Every group of the table is down, and there are several. What they then have in common may well
// be this host.
bool is_everything_down(const inventory::TargetTable& table,
                        std::span<const GroupReport> groups_not_up);

}  // namespace rollcall::verdict
