// Finds the highest rate without loss: raises it in steps, and reduces it by a factor on loss.
//
// Loss means that this host lost packets, or that more targets answer only a later attempt than at
// the start of the sweep. A path may lose packets at any rate, and a lower rate does not help then.
//
// Threading: one thread.
// Units:     probes per second; one slice a call.
// Cost:      a few multiplications a slice.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::sweep {

struct RateSlice {
  Duration length{};
  std::uint64_t sent = 0;           // SYNs of all kinds
  std::uint64_t first_answers = 0;  // to attempt 0
  std::uint64_t later_answers = 0;  // of targets that did not answer attempt 0 in time
  bool lost = false;                // this host lost packets
};

class RateControl {
 public:
  // The rate never falls below half of `start`.
  RateControl(PacketRate start, PacketRate ceiling);

  PacketRate rate() const { return {rate_}; }
  // Returns the rate of the next slice.
  PacketRate add(const RateSlice& slice);

  // The rate of the last back-off; nullopt if there was none, or if it proved temporary.
  std::optional<PacketRate> knee() const;

 private:
  bool is_lossy(const RateSlice& slice);
  void back_off();
  void climb();

  double start_;
  double ceiling_;
  double rate_;
  double knee_ = 0;  // the rate that lost packets; 0: not found yet
  double recent_first_ = 0;
  double recent_later_ = 0;
  double share_at_start_ = 0;
  int calm_slices_ = 0;  // since the last back-off
  int slices_ = 0;
};

}  // namespace rollcall::sweep
