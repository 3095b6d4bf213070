// Writes the lines that an operator acts on. Each group that is not up has one line, or all groups
// of a parent have one together. Their notes stand below.
//
// Threading: any thread; one call at a time for each stream.
// Ownership: borrows table, reports and states.
// Units:     addresses.
// Errors:    the stream's state.
// Cost:      unless `all`, at most kGroupLinesMax groups and parents, each with at most
//            kRangesShownMax ranges in a list and kNotesMax notes.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>

#include "engine/base/text/words.h"
#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::cli {

inline constexpr std::size_t kGroupLinesMax = 100;
inline constexpr std::size_t kNotesMax = 8;

// Writes the lines in the inventory's order and in aligned columns. If there are too many lines, it
// omits the least severe ones and counts them. `all`: writes one line for every group, also for
// groups that are up, and then the lines that cover several groups.
// Requires: `groups_not_up` from verdict::judge_groups(); `states` of every row of the table.
void write_group_lines(std::ostream& out, const inventory::TargetTable& table,
                       std::span<const verdict::GroupReport> groups_not_up,
                       std::span<const verdict::TargetProgress> states, bool all);

}  // namespace rollcall::cli
