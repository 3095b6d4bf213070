// The count of everything that this host may have lost itself, slice by slice.
//
// Samples of growing counters go in; each gives the slice since the one before: what was lost in
// it, and whether silence in it may be our own. Completions of io_uring cannot overflow: a batch is
// reaped whole before the next, and its ring holds twice a batch (engine/send/uring_sink.h).
//
// The kernel counts what all traffic lost, so a drop counts here only as far as the lost frame may
// have been ours (ADR 27).
//
// Threading: one thread.
// Ownership: own sums.
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
  kTransmit,      // the interface dropped frames on their way out
  kQueue,         // a queue discipline did, as far as the frames may have been ours
  kNeverLeft,     // the kernel took them, and the interface has not counted them
  kBacklog,       // a processor's backlog was full (net.core.netdev_max_backlog) for our interfaces
  kReceive,       // the interface dropped frames on their way in
  kCaptureRing,   // libpcap's ring was full
  kOwnRing,       // our queue from capture to scheduler was full
  kSenderStall,   // a thread was kept from running for longer than kStallMax
  kCaptureStall,  //
  kSchedulerStall,  //
  kCarrier,         // the link was lost or came back
  kSuspend,         // this host slept
};
inline constexpr std::size_t kLosses = 12;

inline constexpr Duration kStallMax = std::chrono::milliseconds(100);

// Counters grow from sample to sample; gaps are those since the last one.
struct PathSample {
  TimePoint at;
  TimePoint heard_until;  // the capture has handed on everything that arrived before
  KernelCounters kernel;
  std::uint64_t accepted = 0;      // frames that the kernel took from the sender
  bool probes_are_queued = false;  // some of them pass a queue discipline: raw IP
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
  std::uint64_t queued_probes_lost = 0;       // at most: the probes' part of kQueue
  std::uint64_t sent = 0;                     // frames that left

  std::uint64_t of(Loss loss) const { return lost[static_cast<std::size_t>(loss)]; }
  bool lost_for_probes() const;
  // Connects are the kernel's own work: our rings and threads have no part in them. A few dropped
  // packets among many are a lossy path like any other, for which there are more connects than one.
  bool lost_for_connects() const;
  // Packets, and not time.
  bool lost_packets() const;
};

class HostLossLedger {
 public:
  explicit HostLossLedger(const PathSample& first) : last_(first), left_before_(first.kernel.sent) {
    accepted_.push_back(first.accepted);
  }

  PathSlice add(const PathSample& sample);

  std::uint64_t total(Loss loss) const { return totals_[static_cast<std::size_t>(loss)]; }
  // What was lost, where, how often, and the mend: one sentence a kind of loss.
  std::vector<std::string> findings() const;

 private:
  std::uint64_t never_left(const PathSample& sample);
  void count_queue_drops(const PathSample& sample, PathSlice& slice) const;
  void count_receive_drops(const PathSample& sample, PathSlice& slice) const;
  void count_carrier(const PathSample& sample, PathSlice& slice);

  PathSample last_;
  std::uint64_t left_before_;
  std::vector<std::uint64_t> accepted_;  // by slice
  std::uint64_t forgiven_ = 0;           // missing frames that were counted already
  std::array<std::uint64_t, kLosses> totals_{};
  std::array<std::uint32_t, kLosses> slices_with_{};
  std::uint32_t slices_ = 0;
  std::uint64_t carrier_changes_ = 0;
  Duration carrier_down_{};
};

}  // namespace rollcall::capture
