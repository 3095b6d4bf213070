// How often sound sweeps really come: a sweep that outlasts the interval is no pause.
//
// A pause is time without a sound sweep. Where sweeps take longer than the interval, the longest of
// them is the interval that is achieved.
//
// Threading: one thread.
// Ownership: owns its entries, at most kSweepsMax of them.
// Units:     monotonic time.
// Cost:      a few comparisons a sweep; achieved() is a binary search.
#pragma once

#include <algorithm>
#include <deque>

#include "engine/base/clock.h"

namespace rollcall::watch {

class Cadence {
 public:
  // A sound sweep. Requires: later than those before.
  void add(TimePoint started, Duration duration) {
    while (!longest_.empty() && longest_.back().duration <= duration) longest_.pop_back();
    longest_.push_back({started, duration});
    if (longest_.size() > kSweepsMax) longest_.pop_front();
  }

  // The interval, or the longest sound sweep that began at `since` or later, whichever is longer.
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
  static constexpr Duration kRounding = std::chrono::milliseconds(200);  // times are kept in ticks

  std::deque<Sweep> longest_;  // later ones are shorter
};

}  // namespace rollcall::watch
