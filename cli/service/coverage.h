// Coverage tracks when a sweep last judged each target, because a sound sweep of one group proves
// nothing about the other groups.
//
// A sweep judges a target when the sweep is sound and has a verdict for it. A target without any
// route also counts as judged: the inventory has to change, and the watch must not be degraded by
// it. A target whose gateway or link is down does not count as judged.
// The watch is ready while every target was judged within two of its intervals plus the duration of
// a sweep. The duration counts because only one sweep runs at a time. The watch is degraded while
// some target was probed without a verdict since it was last judged.
//
// Threading: the service's thread.
// Ownership: owns its memory; borrows everything else for the call.
// Units:     monotonic time.
// Cost:      8 bytes per target; one pass over them per sweep.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scheduler/sweep/sweep_result.h"
#include "scheduler/watch/schedule.h"
#include "scheduler/watch/target_watch.h"

namespace rollcall::cli {

class Coverage {
 public:
  // Starts without any judged target.
  void begin(const watch::Schedule& schedule, const inventory::TargetTable& table);
  // Adopts another inventory: its new targets have two of their intervals to be judged.
  void adopt(const watch::Schedule& schedule, const inventory::TargetTable& table,
             const inventory::TargetTable& former, TimePoint now);

  // Takes a sweep of these targets, in the order of `swept`. Returns the targets that it did not
  // judge.
  std::vector<TargetIndex> judged(std::span<const TargetIndex> asked,
                                  const inventory::TargetTable& swept,
                                  const sweep::SweepResult& result, TimePoint end);
  void failed(std::span<const TargetIndex> asked, const std::string& why);

  TimePoint ready_until() const { return ready_until_; }
  // Why some probed targets have no verdict; "" when all have one.
  const std::string& degraded_reason() const { return degraded_reason_; }

 private:
  struct TargetCoverage {
    watch::Ticks at = 0;  // when it was last judged
    std::uint16_t interval_class = 0;
    bool is_known = false;  // `at` holds
    bool is_unjudged = false;
  };

  void take_classes(const watch::Schedule& schedule, std::size_t targets);
  void sum_up(TimePoint now);

  std::vector<TargetCoverage> seen_;  // by TargetIndex
  std::vector<Duration> intervals_;   // by interval class
  std::vector<Duration> durations_;   // of the newest sweep with targets of the class
  std::string why_;                   // of the newest sweep that left targets unjudged
  std::string degraded_reason_;
  TimePoint ready_until_{};
};

}  // namespace rollcall::cli
