// The message from the capture thread to the scheduler: one reply of one target.
//
// Threading: a plain value over an SpscRing.
// Units:     time on the monotonic clock, as the kernel stamped the frame.
// Errors:    a full ring drops the observation and counts it (CaptureCounters::ring_drops).
// Cost:      16 bytes a reply.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/ring.h"
#include "engine/base/units.h"

namespace rollcall::capture {

enum class ObservationKind : std::uint8_t {
  kSynAck,       // proven by the cookie
  kRst,          // proven by the cookie
  kBusy,         // bare ACK on the port of a current probe: no cookie can prove it, so only a hint
  kRejected,     // ICMP of the target itself that quotes the cookie: its firewall refuses the SYN
  kUnreachable,  // ICMP of a router that quotes the cookie: a hint, never proof of a missing
                 // address
};

// The cookie proves that the target itself answered.
constexpr bool is_answer(ObservationKind kind) {
  return kind == ObservationKind::kSynAck || kind == ObservationKind::kRst ||
         kind == ObservationKind::kRejected;
}

struct Observation {
  TimePoint at;
  ScanIndex target;
  ObservationKind kind = ObservationKind::kSynAck;
  Attempt attempt = 0;
  bool previous_epoch = false;
  std::uint8_t icmp_code = 0;
};
static_assert(sizeof(Observation) == 16);

using ObservationRing = SpscRing<Observation>;

}  // namespace rollcall::capture
