// Checks whether the configured rates let the watch probe every target within its interval.
//
// A sweep sends no faster than the total rate, and to no group faster than the group rate. Only one
// sweep runs at a time. When a sweep takes longer than the interval, targets are probed less often
// than configured, and an outage is noticed later.
//
// Threading: pure functions.
// Ownership: borrow their arguments.
// Units:     targets; an automatic rate (auto) counts as no limit.
// Cost:      one pass over the targets.
#pragma once

#include <string>

#include "cli/config/config.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/watch/schedule.h"

namespace rollcall::cli {

// Returns why the rates do not suffice, and the fix; "" when they do. Counts first attempts only:
// silent targets take longer still.
std::string why_intervals_are_missed(const inventory::TargetTable& table,
                                     const watch::Schedule& schedule, const SweepConfig& sweep);

// Explains why a sweep took longer than its interval: its rates, or its retries.
std::string why_it_outlasted(const sweep::SweepResult& result, Duration interval);

}  // namespace rollcall::cli
