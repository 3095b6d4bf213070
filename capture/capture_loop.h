// Runs the capture thread: waits for frames, reads and parses them, and reports replies.
//
//   PacketSource(s) ──> view_frame ──> Correlator ──> ObservationRing ──> scheduler
//                          └── rejected, by reason ──> counters
//
// Threading: run() and step() on the capture thread; stop() and counters() from any.
// Ownership: owns its sources; borrows correlator, ring and clock, which outlive it.
// Units:     frames.
// Errors:    a source that fails permanently ends the loop; failure() then says why. A full ring
//            drops the observation and counts it: the reader never waits for the scheduler.
// Cost:      no allocation, no formatting, no system call while frames wait.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "capture/correlator.h"
#include "capture/observation.h"
#include "capture/packet_source.h"
#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/base/heartbeat.h"
#include "engine/base/ring.h"
#include "engine/packet/frame_view.h"

namespace rollcall::capture {

// The longest time that a frame stays in the kernel's ring before libpcap delivers it: the block
// timeout of pcap_source.cc, rounded up because the kernel's timer is coarse.
inline constexpr Duration kDelivery = std::chrono::milliseconds(30);

struct CaptureCounters {
  Counter frames;    // passed the kernel's filter
  Counter accepted;  // became observations
  Counter ring_drops;
  Counter source_drops;  // the sources' own rings were full; read at intervals
  std::array<Counter, packet::kRejectReasons> rejected;  // by RejectReason

  std::uint64_t rejected_total() const;
};

class CaptureLoop final : private FrameHandler {
 public:
  CaptureLoop(std::vector<std::unique_ptr<PacketSource>> sources, const Correlator& correlator,
              ObservationRing& ring, const Clock& clock);

  // One round over the frames that wait; false when a source has failed.
  bool step();
  // Repeats rounds until stop() is called or a source fails; sleeps in between.
  void run();
  void stop() noexcept;

  const CaptureCounters& counters() const { return counters_; }
  // Beats once a round, with the time at which the round began. Frames that arrived kDelivery
  // before that time are all processed.
  Heartbeat& heartbeat() { return heartbeat_; }
  // Empty while no source has failed.
  std::string failure() const;

 private:
  void on_frame(std::span<const std::byte> frame, packet::LinkType link,
                WallTime at) noexcept override;
  bool dispatch_all();
  void read_drops(TimePoint now);

  std::vector<std::unique_ptr<PacketSource>> sources_;
  const Correlator& correlator_;
  ObservationRing& ring_;
  const Clock& clock_;
  Fd wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<const PacketSource*> failed_{nullptr};
  Duration wall_ahead_{};  // wall clock minus monotonic clock, read once a round
  TimePoint drops_read_at_{};
  Heartbeat heartbeat_;
  alignas(kCacheLineBytes) CaptureCounters counters_;
};

}  // namespace rollcall::capture
