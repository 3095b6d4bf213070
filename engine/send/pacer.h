// Decides how many probes may leave now, and when the sender thread must check again.
//
// A token bucket that gets the time from its caller; it never sleeps or reads a clock. Tokens
// accumulate for at most one burst: after a stall the missed probes are not sent faster later. The
// wake time waits for about a batch of tokens, so that one system call carries a batch and the
// thread sleeps in between.
//
// Threading: one thread.
// Units:     probes; probes per second.
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
    TimePoint next_wake;  // when count is 0: call again then
  };
  Allowance allowance(TimePoint now);
  // Takes `count` of the probes that allowance() granted.
  void spend(std::uint32_t count) { tokens_ -= count; }

  void set_rate(PacketRate rate);
  PacketRate rate() const { return rate_; }

 private:
  PacketRate rate_;
  double burst_ = 1;    // most tokens ever held
  double quantum_ = 1;  // tokens that accumulate before the wake time
  double tokens_ = 0;
  TimePoint filled_;
};

}  // namespace rollcall::send
