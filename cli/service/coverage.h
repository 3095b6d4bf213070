// Whether the watch can tell of all of its fleet: a sound sweep of some group says nothing of the
// others.
//
// A target is judged by a sweep that is sound and knows a verdict; one to which no route leads
// counts as judged, for that is the inventory's matter, and nobody grows blind by it; one whose
// gateway or link is down does not. The watch is
// ready while every target was judged within two of its intervals, and the time of a sweep: only
// one runs at a time. It is blind while some target was asked in vain since it was last judged.
//
// Threading: the service's thread.
// Ownership: owns its memory; everything else is borrowed for the call.
// Units:     monotonic time.
// Errors:    none.
// Cost:      8 bytes a target; one pass over them a sweep.
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
  // At first nothing is known of any target.
  void begin(const watch::Schedule& schedule, const inventory::TargetTable& table);
  // Another inventory: what it brought has two of its intervals to be judged.
  void adopt(const watch::Schedule& schedule, const inventory::TargetTable& table,
             const inventory::TargetTable& former, TimePoint now);

  // A sweep of these targets, in the order of `swept`. Returns those that it did not judge.
  std::vector<TargetIndex> judged(std::span<const TargetIndex> asked,
                                  const inventory::TargetTable& swept,
                                  const sweep::SweepResult& result, TimePoint end);
  void failed(std::span<const TargetIndex> asked, const std::string& why);

  TimePoint ready_until() const { return ready_until_; }
  // Why not all were judged that were asked; "": they were.
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
  std::vector<Duration> intervals_;   // by lot
  std::vector<Duration> durations_;   // of the newest sweep that asked any of a lot
  std::string why_;                   // of the newest sweep in vain
  std::string degraded_reason_;
  TimePoint ready_until_{};
};

}  // namespace rollcall::cli
