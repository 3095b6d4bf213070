// Clocks and time types: verdicts and pacing use CLOCK_MONOTONIC, people and epochs use wall time.
//
// Threading: Clock implementations are thread-safe.
// Units:     nanoseconds; TimePoint since an unspecified origin, WallTime since the Unix epoch.
// Cost:      one vDSO call.
#pragma once

#include <chrono>

namespace rollcall {

using Duration = std::chrono::nanoseconds;

// Tag of CLOCK_MONOTONIC. It has no now(): callers pass time in, or read it from an injected Clock.
struct MonotonicTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicTag>;
  static constexpr bool is_steady = true;
};
using TimePoint = MonotonicTag::time_point;
using WallTime = std::chrono::sys_time<Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const noexcept = 0;
  virtual WallTime wall() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const noexcept override;
  WallTime wall() const noexcept override;
};

}  // namespace rollcall
