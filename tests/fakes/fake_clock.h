// A clock that a test moves by hand.
#pragma once

#include "engine/base/clock.h"

namespace rollcall::fakes {

class FakeClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return now_; }
  WallTime wall() const noexcept override { return WallTime(now_.time_since_epoch() + ahead_); }

  void advance(Duration by) { now_ += by; }
  void set(TimePoint now) { now_ = now; }
  void step_wall(Duration by) { ahead_ += by; }

 private:
  TimePoint now_{std::chrono::seconds(1000)};
  Duration ahead_ = std::chrono::hours(24 * 365 * 50);
};

}  // namespace rollcall::fakes
