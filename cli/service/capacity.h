// Whether the configured rates let a watch ask all targets within their intervals.
//
// A sweep asks no faster than the rate in all, and no group faster than the group rate. One sweep
// runs at a time. Where that takes longer than the interval, targets are asked less often than
// configured, and an outage is noticed later.
//
// Threading: pure functions.
// Ownership: borrow their arguments.
// Units:     targets; a rate that is found as it goes (auto) counts as no bound.
// Cost:      one pass over the targets.
#pragma once

#include <string>

#include "cli/config/config.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/watch/schedule.h"

namespace rollcall::cli {

// Why not, and the fix; "" when they do. First attempts alone: silent targets take longer still.
std::string why_intervals_are_missed(const inventory::TargetTable& table,
                                     const watch::Schedule& schedule, const SweepConfig& sweep);

// Of a sweep that took longer than its interval: by its rates, or by what it had to ask again.
std::string why_it_outlasted(const sweep::SweepResult& result, Duration interval);

}  // namespace rollcall::cli
