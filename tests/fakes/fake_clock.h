// A clock that a test moves by hand. One thread may move it; any thread may read it.
#pragma once

#include <atomic>

#include "engine/base/clock.h"

namespace rollcall::fakes {

class FakeClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return now_; }
  WallTime wall() const noexcept override {
    return WallTime(now_.load().time_since_epoch() + ahead_.load());
  }

  void advance(Duration by) { now_ = now_.load() + by; }
  void set(TimePoint now) { now_ = now; }
  void step_wall(Duration by) { ahead_ = ahead_.load() + by; }

 private:
  std::atomic<TimePoint> now_{TimePoint(std::chrono::seconds(1000))};
  std::atomic<Duration> ahead_{Duration(std::chrono::hours(24 * 365 * 50))};
};

}  // namespace rollcall::fakes
