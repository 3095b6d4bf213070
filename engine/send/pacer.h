// How many probes may go now, and when to ask again.
//
// A token bucket that is told the time and never sleeps or reads a clock. Tokens gather for at most
// one burst: after a stall the deficit is forgiven, and the wire never sees it made good. The wake
// time gathers about a batch's worth, so that one system call carries a batch and the thread sleeps
// in between.
//
// Threading: one thread.
// Ownership: none.
// Units:     probes; probes per second.
// Errors:    none.
// Cost:      a few arithmetic operations a batch.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::send {

class Pacer {
 public:
  // Requires: rate > 0.
  Pacer(PacketRate rate, TimePoint start);

  struct Allowance {
    std::uint32_t count = 0;
    TimePoint next_wake;  // when count is 0: ask again then
  };
  Allowance allowance(TimePoint now);
  // Takes `count` of what allowance() granted.
  void spend(std::uint32_t count) { tokens_ -= count; }

  void set_rate(PacketRate rate);
  PacketRate rate() const { return rate_; }

 private:
  PacketRate rate_;
  double burst_ = 1;    // most tokens ever held
  double quantum_ = 1;  // tokens that a sleep waits for
  double tokens_ = 0;
  TimePoint filled_;
};

}  // namespace rollcall::send
