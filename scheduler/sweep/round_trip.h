// Estimates the round-trip time as RFC 6298 does, and derives how long to wait for a reply.
//
// Threading: one thread.
// Units:     monotonic durations.
// Cost:      four additions a reply.
#pragma once

#include <algorithm>

#include "engine/base/clock.h"

namespace rollcall::sweep {

class RoundTrip {
 public:
  void add(Duration rtt) {
    if (samples_++ == 0) {
      smoothed_ = rtt;
      variation_ = rtt / 2;
      return;
    }
    const Duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
    variation_ += (error - variation_) / 4;
    smoothed_ += (rtt - smoothed_) / 8;
  }

  // Long enough for nearly all replies; `most` until there are enough samples. Twice RFC 6298's
  // timeout: a retry is cheap but not free, and one path may be slower than the others.
  Duration patience(Duration least, Duration most) const {
    if (samples_ < kSamplesMin) return most;
    return std::clamp(2 * (smoothed_ + 4 * variation_), least, most);
  }

 private:
  static constexpr std::uint32_t kSamplesMin = 32;
  Duration smoothed_{};
  Duration variation_{};
  std::uint32_t samples_ = 0;
};

}  // namespace rollcall::sweep
