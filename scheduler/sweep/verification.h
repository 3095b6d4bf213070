// Counts consecutive good sweeps for `rollcall verify`, which repeats sweeps until enough in a row
// find every target as expected.
//
// Threading: one thread.
// Ownership: borrows the table, which outlives it; keeps one bit a target.
// Units:     monotonic time, passed in.
// Errors:    an inconclusive sweep never counts as good.
// Cost:      one pass over the targets a sweep.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::sweep {

class Verification {
 public:
  // Requires: stable >= 1.
  Verification(const inventory::TargetTable& table, unsigned stable, TimePoint start);

  // Records a sweep that ended at `ended`. True when a target's answer changed since the last
  // sweep, and after the first sweep.
  bool add(const SweepResult& result, TimePoint ended);

  // Records a sweep that could not begin, because no route leads to the targets at present.
  void add_failure();

  bool passed() const { return good_in_row_ >= stable_; }
  unsigned good_in_row() const { return good_in_row_; }
  unsigned sweeps() const { return sweeps_; }

  // The time from the start to the end of the first sweep in the current run of good ones. Absent
  // while the last sweep was not good.
  std::optional<Duration> all_answered_after() const { return all_answered_after_; }

  // True when this target's own port gave a sign of life in any sweep so far.
  bool ever_answered(ScanIndex target) const { return answered_[target.value]; }

 private:
  unsigned stable_;
  TimePoint start_;
  std::vector<bool> answered_;  // ever, by ScanIndex
  std::vector<verdict::TargetVerdict> last_;
  unsigned good_in_row_ = 0;
  unsigned sweeps_ = 0;
  std::optional<Duration> all_answered_after_;
};

}  // namespace rollcall::sweep
