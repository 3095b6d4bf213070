#include "capture/path_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::capture {
namespace {

using std::chrono::milliseconds;

// Some network cards count in hardware and are read every second or two.
constexpr std::size_t kCounterLagSlices = 8;
// Background noise of a slice: frames of protocols that nobody speaks count as dropped, and so does
// what others on this host lose.
constexpr std::uint64_t kDropsTolerated = 16;
constexpr std::uint64_t kShareTolerated = 100;
// Frames that may be missing from the interface's count without meaning anything.
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

// {0}: how much, {1}: slices with it, {2}: slices in all.
constexpr std::array<const char*, kLosses> kSentences{
    "the interface dropped {0} frames on their way out, in {1} of {2} slices: lower --rate, or "
    "enlarge its transmit queue",
    "the queue discipline dropped {0} frames, in {1} of {2} slices: lower --rate; only what leaves "
    "by raw IP goes through it (on-link targets always, others with --lane ip)",
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
    "the link was lost or came back {0} times, in {1} of {2} slices: look at its cable and switch",
    "this host slept for {0} ms, in {1} of {2} slices",
};

}  // namespace

bool PathSlice::lost_for_probes() const {
  return std::ranges::any_of(lost, [](std::uint64_t n) { return n > 0; });
}

bool PathSlice::lost_for_connects() const {
  const std::uint64_t dropped =
      of(Loss::kTransmit) + of(Loss::kQueue) + of(Loss::kBacklog) + of(Loss::kReceive);
  return of(Loss::kCarrier) > 0 || of(Loss::kSuspend) > 0 ||
         dropped > std::max(kDropsTolerated, sent / kShareTolerated);
}

bool PathSlice::lost_packets() const {
  return std::any_of(lost.begin(), lost.begin() + index(Loss::kSenderStall),
                     [](std::uint64_t n) { return n > 0; });
}

PathSlice PathLedger::add(const PathSample& sample) {
  PathSlice slice{.from = last_.at, .to = sample.at, .heard_until = sample.heard_until};
  const KernelCounters& was = last_.kernel;
  const KernelCounters& is = sample.kernel;
  slice.sent = grown(was.sent, is.sent);
  auto& lost = slice.lost;
  lost[index(Loss::kTransmit)] = grown(was.transmit_drops, is.transmit_drops);
  lost[index(Loss::kQueue)] = grown(was.queue_drops, is.queue_drops);
  lost[index(Loss::kNeverLeft)] = never_left(sample);
  lost[index(Loss::kBacklog)] = grown(was.backlog_drops, is.backlog_drops);
  lost[index(Loss::kReceive)] = grown(was.receive_drops, is.receive_drops);
  lost[index(Loss::kCaptureRing)] = grown(last_.capture_drops, sample.capture_drops);
  lost[index(Loss::kOwnRing)] = grown(last_.own_ring_drops, sample.own_ring_drops);
  lost[index(Loss::kSenderStall)] = stalled(sample.sender_gap);
  lost[index(Loss::kCaptureStall)] = stalled(sample.capture_gap);
  lost[index(Loss::kSchedulerStall)] = stalled(sample.scheduler_gap);
  lost[index(Loss::kCarrier)] =
      grown(was.carrier_changes, is.carrier_changes) + (is.carriers_lost > 0 ? 1 : 0);
  lost[index(Loss::kSuspend)] = stalled(is.suspended - was.suspended);
  for (std::size_t i = 0; i < kLosses; ++i) {
    totals_[i] += lost[i];
    slices_with_[i] += lost[i] > 0;
  }
  ++slices_;
  last_ = sample;
  return slice;
}

// Other traffic only adds to what left, so a shortfall is certain once the counter had time to
// follow.
std::uint64_t PathLedger::never_left(const PathSample& sample) {
  accepted_.push_back(sample.accepted);
  if (accepted_.size() <= kCounterLagSlices) return 0;
  const std::uint64_t due = accepted_[accepted_.size() - 1 - kCounterLagSlices] - accepted_.front();
  const std::uint64_t left = grown(left_before_, sample.kernel.sent) + forgiven_;
  if (due <= left + kLeftSlack) return 0;
  const std::uint64_t missing = due - left;
  forgiven_ += missing;
  return missing;
}

std::vector<std::string> PathLedger::findings() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kLosses; ++i) {
    if (totals_[i] == 0) continue;
    out.push_back(fmt::format(fmt::runtime(kSentences[i]), totals_[i], slices_with_[i], slices_));
  }
  return out;
}

}  // namespace rollcall::capture
