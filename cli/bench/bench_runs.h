// The three measurements of `rollcall bench`, each on the user's own targets or in a lab that it
// raises for itself: lanes, routes, tables and sweeps put together as for a sweep.
//
// Threading: the main thread, while no other thread runs: a lab moves it to another namespace.
// Ownership: a lab lives within the call.
// Units:     as in bench::Report.
// Errors:    as of what they use; kSystem when interrupted, since half a measurement is none.
// Cost:      the given time a step: send has some twelve steps, loop some ten, recheck one.
#pragma once

#include <functional>
#include <string>

#include "cli/bench/report.h"
#include "cli/run/run_sweep.h"
#include "engine/base/error.h"
#include "engine/inventory/target_table.h"

namespace rollcall::cli {

struct BenchRequest {
  const inventory::TargetTable* table = nullptr;  // null: in a lab of its own
  SweepRequest sweep;                             // rates, lane, route; attempts are not used
  Duration step{};
  std::function<bool()> interrupted;
  std::function<void(const std::string&)> say;  // what is being measured now, for a progress line
};

// Each adds its figures to the report, and where and through what they were measured.
Result<void> bench_send(const BenchRequest& request, bench::Report& report);
Result<void> bench_loop(const BenchRequest& request, bench::Report& report);
Result<void> bench_recheck(const BenchRequest& request, bench::Report& report);

}  // namespace rollcall::cli
