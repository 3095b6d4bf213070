#include "capture/host_loss_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::capture {
namespace {

using std::chrono::milliseconds;

// Some network cards count in hardware, and their driver reads the counter every second or two.
constexpr std::size_t kCounterLagSlices = 8;
// Background noise of a slice: the kernel also counts frames of unknown protocols as dropped, and
// drops of other programs' traffic.
constexpr std::uint64_t kDropsTolerated = 16;
constexpr std::uint64_t kShareTolerated = 100;
// The interface's count may lack this many frames without any loss.
constexpr std::uint64_t kLeftSlack = 64;

constexpr std::size_t index(Loss loss) {
  return static_cast<std::size_t>(loss);
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) {
  return after > before ? after - before : 0;
}

std::uint64_t stalled(Duration gap) {
  return gap > kStallMax ? static_cast<std::uint64_t>(gap / milliseconds(1)) : 0;
}

// {0}: amount, {1}: slices with this loss, {2}: all slices, {3} and {4}: changes and downtime of
// links.
constexpr std::array<const char*, kLosses> kSentences{
    "the interface dropped {0} frames on their way out, in {1} of {2} slices: lower --rate, or "
    "enlarge its transmit queue",
    "the queue discipline dropped {0} frames that may have been ours, in {1} of {2} slices: lower "
    "--rate; only connects and what leaves by raw IP go through it (on-link targets always, others "
    "with --lane ip)",
    "{0} frames that the kernel took were never counted as sent by the interface, in {1} of {2} "
    "slices: lower --rate",
    "a full processor backlog dropped {0} received frames, in {1} of {2} slices: sysctl -w "
    "net.core.netdev_max_backlog=20000, lower --rate, or steer the interface to another processor",
    "the interface dropped {0} received frames, in {1} of {2} slices: lower --rate, or enlarge its "
    "receive ring (ethtool -G)",
    "the capture ring was full for {0} replies, in {1} of {2} slices: enlarge it with "
    "--capture-ring, or lower --rate",
    "our own queue was full for {0} replies, in {1} of {2} slices: lower --rate, or give this host "
    "more processor",
    "the sender was kept from running for {0} ms, in {1} of {2} slices: give this host more "
    "processor",
    "the capture was kept from running for {0} ms, in {1} of {2} slices: give this host more "
    "processor",
    "the scheduler was kept from running for {0} ms, in {1} of {2} slices: give this host more "
    "processor",
    "the link changed {3} times between up and down and was down for {4:.1f} s, in {1} of {2} "
    "slices: look at its cable and switch",
    "this host slept for {0} ms, in {1} of {2} slices",
};

}  // namespace

bool PathSlice::lost_for_probes() const {
  if (queued_probes_lost > 0) return true;
  for (std::size_t i = 0; i < kLosses; ++i) {
    // kQueue may be frames of connects alone; queued_probes_lost covers the probes.
    if (lost[i] > 0 && i != index(Loss::kQueue)) return true;
  }
  return false;
}

bool PathSlice::lost_for_connects() const {
  const std::uint64_t dropped =
      of(Loss::kTransmit) + of(Loss::kQueue) + of(Loss::kBacklog) + of(Loss::kReceive);
  return of(Loss::kCarrier) > 0 || of(Loss::kSuspend) > 0 ||
         dropped > std::max(kDropsTolerated, sent / kShareTolerated);
}

bool PathSlice::lost_packets() const {
  if (queued_probes_lost > 0) return true;
  for (std::size_t i = 0; i < index(Loss::kSenderStall); ++i) {
    if (lost[i] > 0 && i != index(Loss::kQueue)) return true;
  }
  return false;
}

PathSlice HostLossLedger::add(const PathSample& sample) {
  PathSlice slice{.from = last_.at, .to = sample.at, .heard_until = sample.heard_until};
  const KernelCounters& was = last_.kernel;
  const KernelCounters& is = sample.kernel;
  slice.sent = grown(was.sent, is.sent);
  auto& lost = slice.lost;
  lost[index(Loss::kTransmit)] = grown(was.transmit_drops, is.transmit_drops);
  count_queue_drops(sample, slice);
  lost[index(Loss::kNeverLeft)] = never_left(sample);
  count_receive_drops(sample, slice);
  lost[index(Loss::kCaptureRing)] = grown(last_.capture_drops, sample.capture_drops);
  lost[index(Loss::kOwnRing)] = grown(last_.own_ring_drops, sample.own_ring_drops);
  lost[index(Loss::kSenderStall)] = stalled(sample.sender_gap);
  lost[index(Loss::kCaptureStall)] = stalled(sample.capture_gap);
  lost[index(Loss::kSchedulerStall)] = stalled(sample.scheduler_gap);
  count_carrier(sample, slice);
  lost[index(Loss::kSuspend)] = stalled(is.suspended - was.suspended);
  for (std::size_t i = 0; i < kLosses; ++i) {
    totals_[i] += lost[i];
    slices_with_[i] += lost[i] > 0;
  }
  ++slices_;
  last_ = sample;
  return slice;
}

// A traffic shaper drops frames of other programs too. At most as many of the drops are ours as we
// sent through it in this slice: connects and raw IP pass it, packet sockets bypass it
// (PACKET_QDISC_BYPASS). A connect sends at most one frame a slice: its SYNs are a second apart.
void HostLossLedger::count_queue_drops(const PathSample& sample, PathSlice& slice) const {
  const std::uint64_t drops = grown(last_.kernel.queue_drops, sample.kernel.queue_drops);
  const std::uint64_t probes =
      sample.probes_are_queued ? grown(last_.accepted, sample.accepted) : 0;
  const std::uint64_t connects = std::max(last_.connects_in_flight, sample.connects_in_flight);
  slice.queued_probes_lost = std::min(drops, probes);
  slice.lost[index(Loss::kQueue)] = std::min(drops, probes + connects);
}

// The backlog counter covers the whole host, other network namespaces included. When the backlog is
// full, the kernel also counts the frame as dropped by its interface (enqueue_to_backlog()). A drop
// that our interfaces have not counted was therefore not a frame for us.
void HostLossLedger::count_receive_drops(const PathSample& sample, PathSlice& slice) const {
  const std::uint64_t of_host = grown(last_.kernel.backlog_drops, sample.kernel.backlog_drops);
  const std::uint64_t of_ours = grown(last_.kernel.receive_drops, sample.kernel.receive_drops);
  slice.lost[index(Loss::kBacklog)] = std::min(of_host, of_ours);
  slice.lost[index(Loss::kReceive)] = of_ours - std::min(of_host, of_ours);
}

// A link that stays down makes every slice unsound, but the change is counted only once.
void HostLossLedger::count_carrier(const PathSample& sample, PathSlice& slice) {
  const std::uint64_t changes = grown(last_.kernel.carrier_changes, sample.kernel.carrier_changes);
  const bool is_down = sample.kernel.carriers_lost > 0;
  carrier_changes_ += changes;
  if (is_down) carrier_down_ += slice.to - slice.from;
  slice.lost[index(Loss::kCarrier)] = std::max<std::uint64_t>(changes, is_down);
}

// Other traffic only increases the interface's count. A shortfall is therefore certain once the
// counter had time to follow.
std::uint64_t HostLossLedger::never_left(const PathSample& sample) {
  accepted_.push_back(sample.accepted);
  if (accepted_.size() <= kCounterLagSlices) return 0;
  const std::uint64_t due = accepted_[accepted_.size() - 1 - kCounterLagSlices] - accepted_.front();
  const std::uint64_t left = grown(left_before_, sample.kernel.sent) + forgiven_;
  if (due <= left + kLeftSlack) return 0;
  const std::uint64_t missing = due - left;
  forgiven_ += missing;
  return missing;
}

std::vector<std::string> HostLossLedger::findings() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kLosses; ++i) {
    if (totals_[i] == 0) continue;
    out.push_back(fmt::format(fmt::runtime(kSentences[i]), totals_[i], slices_with_[i], slices_,
                              carrier_changes_,
                              std::chrono::duration<double>(carrier_down_).count()));
  }
  return out;
}

}  // namespace rollcall::capture
