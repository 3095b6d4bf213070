// Finds the highest rate at which nothing is lost: climbs additively, backs off multiplicatively.
//
// Loss is what was lost on our own side, or more targets that answer only at a later attempt than
// at the start of the sweep: a path may lose packets at any rate, and going slower would not mend
// it.
//
// Threading: one thread.
// Ownership: own numbers.
// Units:     probes per second; one slice a call.
// Errors:    none.
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
  bool lost = false;                // this host lost something itself
};

class RateControl {
 public:
  // A back-off ends at half of `start`, at the latest.
  RateControl(PacketRate start, PacketRate ceiling);

  PacketRate rate() const { return {rate_}; }
  // What the next slice is to be sent at.
  PacketRate add(const RateSlice& slice);

  // The lowest rate at which something was lost; nullopt when nothing was.
  std::optional<PacketRate> knee() const;

 private:
  bool is_lossy(const RateSlice& slice);
  void back_off();
  void climb();

  double start_;
  double ceiling_;
  double rate_;
  double knee_ = 0;  // 0: not met yet
  double recent_first_ = 0;
  double recent_later_ = 0;
  double share_at_start_ = 0;
  int calm_slices_ = 0;  // since the last back-off
  int slices_ = 0;
};

}  // namespace rollcall::sweep
