// Time. Verdicts and pacing live on CLOCK_MONOTONIC; wall time is for people and cookies' epochs.
//
// Threading: Clock implementations are thread-safe.
// Ownership: none.
// Units:     nanoseconds; TimePoint since an unspecified origin, WallTime since the Unix epoch.
// Errors:    none: both kernel clocks always exist.
// Cost:      one vDSO call.
#pragma once

#include <chrono>

namespace rollcall {

using Duration = std::chrono::nanoseconds;

// Tag of CLOCK_MONOTONIC. No now(): time is handed in, or read from an injected Clock.
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
