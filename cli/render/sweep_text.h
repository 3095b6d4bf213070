// Renders a sweep's result as text: first the reasons why it is inconclusive, then the figures. At
// the end come one line for each group that is not up, or for a parent that is down, and a summary.
//
// Threading: any thread; one call at a time for each stream.
// Units:     as written beside each figure.
// Errors:    the stream's state.
// Cost:      as write_group_lines().
#pragma once

#include <iosfwd>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// `all`: every group, also those that are up.
void render_text(std::ostream& out, const inventory::TargetTable& table,
                 const sweep::SweepResult& result, bool all);

}  // namespace rollcall::cli
