// The block of lines that a person acts on: one line a group that is not up, or one for all groups
// of a parent, with their notes below.
//
// Threading: any; one call at a time per stream.
// Ownership: borrows table, reports and states.
// Units:     addresses.
// Errors:    the stream's state.
// Cost:      unless `all`, at most kGroupLinesMax groups and parents, each with at most kRangesShownMax
//            ranges a list and kNotesMax notes.
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

// In the inventory's order, in aligned columns; nothing where nothing is to be said. When there are
// too many lines, the least severe are left out and counted. `all`: every group by itself, those
// that are up too, and then what is said of them together.
// Requires: `groups_not_up` as of verdict::judge_groups(); `states` of every row of the table.
void write_group_lines(std::ostream& out, const inventory::TargetTable& table,
                       std::span<const verdict::GroupReport> groups_not_up,
                       std::span<const verdict::TargetProgress> states, bool all);

}  // namespace rollcall::cli
