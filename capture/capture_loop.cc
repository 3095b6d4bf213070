#include "capture/capture_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>

#include "engine/base/error.h"

namespace rollcall::capture {
namespace {

// A round runs at least this often, so that the heartbeat shows a live thread.
constexpr int kRoundMs = 25;
constexpr Duration kDropsEvery = std::chrono::milliseconds(50);

}  // namespace

std::uint64_t CaptureCounters::rejected_total() const {
  std::uint64_t total = 0;
  for (const Counter& counter : rejected) total += counter.get();
  return total;
}

CaptureLoop::CaptureLoop(std::vector<std::unique_ptr<PacketSource>> sources,
                         const Correlator& correlator, ObservationRing& ring, const Clock& clock)
    : sources_(std::move(sources)),
      correlator_(correlator),
      ring_(ring),
      clock_(clock),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  ROLLCALL_CHECK(wake_.get() >= 0);
}

void CaptureLoop::run() {
  prctl(PR_SET_NAME, "rc-capture");
  std::vector<pollfd> waits;
  for (const auto& source : sources_) waits.push_back({source->wait_fd(), POLLIN, 0});
  waits.push_back({wake_.get(), POLLIN, 0});
  while (!stopping_.load(std::memory_order_acquire)) {
    ::poll(waits.data(), waits.size(), kRoundMs);
    if (!step()) break;
  }
  if (failed_.load(std::memory_order_relaxed) == nullptr) {
    dispatch_all();  // a frame that arrived before the stop is still a reply
  }
  read_drops(drops_read_at_ + kDropsEvery);
}

bool CaptureLoop::step() {
  const TimePoint round = clock_.now();
  if (!dispatch_all()) return false;
  read_drops(round);
  heartbeat_.beat(round);
  return true;
}

bool CaptureLoop::dispatch_all() {
  // The kernel stamps frames with the wall clock; verdicts use the monotonic clock. The offset is
  // read every round, so that a step of the wall clock falsifies only one round's times.
  wall_ahead_ = clock_.wall().time_since_epoch() - clock_.now().time_since_epoch();
  const auto failed = std::ranges::find_if(
      sources_, [this](const auto& source) { return !source->dispatch(*this); });
  if (failed == sources_.end()) return true;
  failed_.store(failed->get(), std::memory_order_release);
  return false;
}

void CaptureLoop::on_frame(std::span<const std::byte> frame, packet::LinkType link,
                           WallTime at) noexcept {
  counters_.frames.add();
  const auto view = packet::view_frame(frame, link);
  if (!view) {
    counters_.rejected[static_cast<std::size_t>(view.error())].add();
    return;
  }
  const auto observation =
      correlator_.correlate(*view, TimePoint(at.time_since_epoch() - wall_ahead_));
  if (!observation) {
    counters_.rejected[static_cast<std::size_t>(observation.error())].add();
  } else {
    (ring_.push(*observation) ? counters_.accepted : counters_.ring_drops).add();
  }
}

void CaptureLoop::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  ::eventfd_write(wake_.get(), 1);
}

void CaptureLoop::read_drops(TimePoint now) {
  if (now < drops_read_at_ + kDropsEvery) return;
  drops_read_at_ = now;
  std::uint64_t drops = 0;
  for (const auto& source : sources_) drops += source->stats().ring_drops;
  counters_.source_drops.add(drops - counters_.source_drops.get());
}

std::string CaptureLoop::failure() const {
  const PacketSource* failed = failed_.load(std::memory_order_acquire);
  return failed == nullptr ? "" : failed->failure();
}

}  // namespace rollcall::capture
