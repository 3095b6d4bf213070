// Finds the parents (rack, switch, site) whose groups are all down.
// The caller then reports the parent once instead of each of its groups.
//
// Threading: pure functions.
// Ownership: ParentDown borrows its name from the table.
// Units:     counts of addresses; an address in two groups counts in each.
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
  std::vector<GroupIndex> groups;  // all groups of the parent, ascending; at least two
  std::uint64_t addresses = 0;
};

// Returns each parent whose groups are all down, in the order of their first groups. Leaves out a
// parent with one group, because the group's own verdict is enough.
std::vector<ParentDown> parents_down(const inventory::TargetTable& table,
                                     std::span<const GroupReport> groups_not_up);

// True when every group of the table is down and there are several. The common cause may then be
// this host.
bool is_everything_down(const inventory::TargetTable& table,
                        std::span<const GroupReport> groups_not_up);

}  // namespace rollcall::verdict
