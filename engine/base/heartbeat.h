// Records when a thread last ran, and the longest time that it did not run.
//
// Threading: beat() on the observed thread; the rest from one other thread.
// Units:     monotonic time.
// Cost:      two relaxed loads and a store a beat.
#pragma once

#include <atomic>

#include "engine/base/clock.h"

namespace rollcall {

class Heartbeat {
 public:
  void beat(TimePoint now) noexcept {
    const Duration::rep at = now.time_since_epoch().count();
    const Duration::rep last = last_.load(std::memory_order_relaxed);
    const Duration::rep gap = at - last;
    if (last != 0 && gap > longest_.load(std::memory_order_relaxed)) {
      longest_.store(gap, std::memory_order_relaxed);
    }
    last_.store(at, std::memory_order_release);
  }

  // The time of the newest beat; the epoch before the first. Release and acquire make visible what
  // the thread did before that beat.
  TimePoint last() const noexcept {
    return TimePoint(Duration(last_.load(std::memory_order_acquire)));
  }

  // The longest time between two beats since the last call.
  Duration take_longest_gap() noexcept {
    return Duration(longest_.exchange(0, std::memory_order_relaxed));
  }

 private:
  std::atomic<Duration::rep> last_{0};
  std::atomic<Duration::rep> longest_{0};
};

}  // namespace rollcall
