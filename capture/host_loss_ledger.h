// Counts every loss that this host itself may have caused, time slice by time slice.
//
// The caller adds samples of growing counters. Each sample gives the slice since the sample before:
// the losses in it, and whether they can explain silence. Completions of io_uring cannot overflow:
// UringSink reaps a batch whole before the next, and its ring holds twice a batch
// (engine/send/uring_sink.h).
//
// The kernel counts losses of all traffic. A drop therefore counts here only if the lost frame may
// have been one of our frames (ADR 27).
//
// Threading: one thread.
// Units:     frames, but for stalls (milliseconds) and the carrier (changes); monotonic time.
// Errors:    a counter that went backwards (an interface was replaced) counts as no loss.
// Cost:      a few dozen subtractions a slice.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "capture/kernel_counters.h"
#include "engine/base/clock.h"

namespace rollcall::capture {

enum class Loss : std::uint8_t {
  kTransmit,        // the interface dropped frames when sending
  kQueue,           // a queue discipline dropped frames, limited to those that may be ours
  kNeverLeft,       // the kernel took the frames, but the interface did not count them
  kBacklog,         // a full processor backlog (net.core.netdev_max_backlog) dropped our frames
  kReceive,         // the interface dropped frames when receiving
  kCaptureRing,     // libpcap's ring was full
  kOwnRing,         // our queue from capture to scheduler was full
  kSenderStall,     // the sender thread did not run for longer than kStallMax
  kCaptureStall,    // as kSenderStall, for the capture thread
  kSchedulerStall,  // as kSenderStall, for the scheduler thread
  kCarrier,         // the link went down or came back
  kSuspend,         // this host was suspended
};
inline constexpr std::size_t kLosses = 12;

inline constexpr Duration kStallMax = std::chrono::milliseconds(100);

// Counters grow from sample to sample; gaps are measured since the last sample.
struct PathSample {
  TimePoint at;
  TimePoint heard_until;  // the capture has processed every frame that arrived before
  KernelCounters kernel;
  std::uint64_t accepted = 0;      // frames that the kernel took from the sender
  bool probes_are_queued = false;  // some probes pass a queue discipline: those of raw IP sockets
  std::uint32_t connects_in_flight = 0;
  std::uint64_t capture_drops = 0;
  std::uint64_t own_ring_drops = 0;
  Duration sender_gap{};
  Duration capture_gap{};
  Duration scheduler_gap{};
};

struct PathSlice {
  TimePoint from;
  TimePoint to;
  TimePoint heard_until;
  std::array<std::uint64_t, kLosses> lost{};  // by Loss
  std::uint64_t queued_probes_lost = 0;       // upper bound: the probes' part of kQueue
  std::uint64_t sent = 0;                     // frames that left

  std::uint64_t of(Loss loss) const { return lost[static_cast<std::size_t>(loss)]; }
  bool lost_for_probes() const;
  // The kernel makes the connects, so our rings and threads have no part in them. If it drops a few
  // packets of many, the path is only lossy, and a target gets more than one connect.
  bool lost_for_connects() const;
  // True when packets were lost; a stall or a suspend alone is not enough.
  bool lost_packets() const;
};

class HostLossLedger {
 public:
  explicit HostLossLedger(const PathSample& first) : last_(first), left_before_(first.kernel.sent) {
    accepted_.push_back(first.accepted);
  }

  PathSlice add(const PathSample& sample);

  std::uint64_t total(Loss loss) const { return totals_[static_cast<std::size_t>(loss)]; }
  // One sentence for each kind of loss: what was lost, where, how often, and the fix.
  std::vector<std::string> findings() const;

 private:
  std::uint64_t never_left(const PathSample& sample);
  void count_queue_drops(const PathSample& sample, PathSlice& slice) const;
  void count_receive_drops(const PathSample& sample, PathSlice& slice) const;
  void count_carrier(const PathSample& sample, PathSlice& slice);

  PathSample last_;
  std::uint64_t left_before_;
  std::vector<std::uint64_t> accepted_;  // by slice
  std::uint64_t forgiven_ = 0;           // missing frames that earlier slices counted
  std::array<std::uint64_t, kLosses> totals_{};
  std::array<std::uint32_t, kLosses> slices_with_{};
  std::uint32_t slices_ = 0;
  std::uint64_t carrier_changes_ = 0;
  Duration carrier_down_{};
};

}  // namespace rollcall::capture
