// Runs the three measurements of `rollcall bench`: send, loop and recheck. Each uses the operator's
// own targets, or else a BenchNetwork that it creates. Lanes, routes and tables are those of a
// sweep.
//
// Threading: the main thread, while no other thread runs: a BenchNetwork moves this thread to
//            another network namespace.
// Ownership: a BenchNetwork lives within the call.
// Units:     as in bench::Report.
// Errors:    those of the functions they use; kSystem if interrupted, because half a measurement
//            has no result.
// Cost:      the given time for each step: send has some twelve steps, loop some ten, recheck one.
#pragma once

#include <functional>
#include <string>

#include "cli/bench/report.h"
#include "cli/run/run_sweep.h"
#include "engine/base/error.h"
#include "engine/inventory/target_table.h"

namespace rollcall::cli {

struct BenchRequest {
  const inventory::TargetTable* table = nullptr;  // null: measure in a BenchNetwork
  SweepRequest sweep;                             // rates, lane, route; attempts are not used
  Duration step{};
  std::function<bool()> interrupted;
  std::function<void(const std::string&)> say;  // names the current step, for a progress line
};

// Each adds its figures to the report, with the interface and the far end of the measurement.
Result<void> bench_send(const BenchRequest& request, bench::Report& report);
Result<void> bench_loop(const BenchRequest& request, bench::Report& report);
Result<void> bench_recheck(const BenchRequest& request, bench::Report& report);

}  // namespace rollcall::cli
