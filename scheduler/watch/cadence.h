// Measures how often sound sweeps come, so that a sweep longer than the interval is no pause.
//
// A pause is time without a sound sweep. When sweeps take longer than the interval, the longest of
// them is the achieved interval.
//
// Threading: one thread.
// Ownership: owns at most kSweepsMax entries.
// Units:     monotonic time.
// Cost:      a few comparisons a sweep; achieved() is a binary search.
#pragma once

#include <algorithm>
#include <deque>

#include "engine/base/clock.h"

namespace rollcall::watch {

class Cadence {
 public:
  // Records a sound sweep.
  // Requires: `started` is later than that of every sweep before.
  void add(TimePoint started, Duration duration) {
    while (!longest_.empty() && longest_.back().duration <= duration) longest_.pop_back();
    longest_.push_back({started, duration});
    if (longest_.size() > kSweepsMax) longest_.pop_front();
  }

  // Returns the longest sound sweep that began at `since` or later, but at least `interval`.
  Duration achieved(TimePoint since, Duration interval) const {
    const auto longest = std::ranges::lower_bound(longest_, since - kRounding, {}, &Sweep::started);
    return longest == longest_.end() ? interval : std::max(interval, longest->duration);
  }

 private:
  struct Sweep {
    TimePoint started;
    Duration duration;
  };
  static constexpr std::size_t kSweepsMax = 256;
  // TargetMemory keeps times in ticks.
  static constexpr Duration kRounding = std::chrono::milliseconds(200);

  std::deque<Sweep> longest_;  // durations descend
};

}  // namespace rollcall::watch
