// The messages between scheduler and sender: probe requests, and notices of sent frames.
//
// Threading: plain values over two SpscRings, one in each direction.
// Units:     times on the monotonic clock.
// Errors:    neither ring ever overflows: the scheduler keeps at most kProbesOutstandingMax
//            requests without their notice, which is the capacity of both. This is the
//            back-pressure.
// Cost:      12 and 16 bytes a probe.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/ring.h"
#include "engine/base/units.h"

namespace rollcall::send {

inline constexpr std::size_t kProbesOutstandingMax = 16384;

// scheduler -> sender: probe this target.
struct ProbeRequest {
  ScanIndex target;
  Epoch epoch;
  Attempt attempt = 0;
};

// sender -> scheduler: the kernel took the frame, or it never will. One notice for each request.
struct SentNotice {
  TimePoint at;  // just before the frame was handed to the kernel
  ScanIndex target;
  Attempt attempt = 0;
  bool sent = false;
};
static_assert(sizeof(SentNotice) == 16);

using ProbeRing = SpscRing<ProbeRequest>;
using NoticeRing = SpscRing<SentNotice>;

}  // namespace rollcall::send
