// Renders a sweep's targets as CSV (RFC 4180, but lines end in LF as Unix tools expect).
//
// Columns: address, port, group, state, evidence (joined by ";"), rtt_ms (empty if not timed).
//
// Threading: any thread; one call at a time for each stream.
// Units:     milliseconds.
// Errors:    the stream's state.
// Cost:      one line at a time.
#pragma once

#include <iosfwd>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

void render_csv(std::ostream& out, const inventory::TargetTable& table,
                const sweep::SweepResult& result, bool all);

}  // namespace rollcall::cli
