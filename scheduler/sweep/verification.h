// Sweep after sweep of the same targets, until all were as expected in several in a row: the memory
// of `rollcall verify`.
//
// Threading: one thread.
// Ownership: borrows the table, which outlives it; keeps one bit a target.
// Units:     monotonic time, handed in.
// Errors:    an inconclusive sweep is never a good one.
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

  // Folds a sweep that ended at `ended`. True when another share of the targets answers than
  // before.
  bool add(const SweepResult& result, TimePoint ended);

  // Folds a sweep that could not begin, because no route leads to the targets at present.
  void add_failure();

  bool passed() const { return good_in_row_ >= stable_; }
  unsigned good_in_row() const { return good_in_row_; }
  unsigned sweeps() const { return sweeps_; }

  // From the start to the end of the first sweep of the present run of good ones; absent while
  // something is amiss.
  std::optional<Duration> all_answered_after() const { return all_answered_after_; }

  // Has any port of this target's own given a sign of life in any sweep so far?
  bool ever_answered(ScanIndex target) const { return answered_[target.value]; }

 private:
  unsigned stable_;
  TimePoint start_;
  std::vector<bool> answered_;  // ever, by place
  std::vector<verdict::TargetVerdict> last_;
  unsigned good_in_row_ = 0;
  unsigned sweeps_ = 0;
  std::optional<Duration> all_answered_after_;
};

}  // namespace rollcall::sweep
