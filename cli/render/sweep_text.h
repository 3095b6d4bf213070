// A sweep's result for a person: what cannot be trusted first, then the figures, and last what can
// be acted on: one line a group that is not up, or a parent that is down, and a sentence that sums
// up.
//
// Threading: any; one call at a time per stream.
// Ownership: borrows table and result.
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
