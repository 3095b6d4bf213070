#include "cli/run/host_loss_sampler.h"

#include <algorithm>

namespace rollcall::cli {

using capture::Loss;

HostLossSampler::HostLossSampler(Sources sources, TimePoint start)
    : reader_(std::move(sources.interfaces)),
      sender_(sources.sender),
      capture_(sources.capture),
      connector_(sources.connector),
      probes_are_queued_(sources.probes_are_queued),
      sampled_at_(start),
      ledger_(sample(start)) {}

// A stalled thread does not beat, so the time since its last beat counts as a gap too.
capture::PathSample HostLossSampler::sample(TimePoint now) {
  const auto gap = [this, now](Heartbeat& heart) {
    const TimePoint last = heart.last();
    const Duration standing = last == TimePoint{} ? Duration::zero() : now - last;
    // Earlier slices counted their own part of the gap.
    return std::min(std::max(heart.take_longest_gap(), standing), now - sampled_at_);
  };
  return {.at = now,
          .heard_until = capture_.heartbeat().last() - capture::kDelivery,
          .kernel = reader_.read(),
          .accepted = sender_.counters().sent.get(),
          .probes_are_queued = probes_are_queued_,
          .connects_in_flight = connector_.in_flight(),
          .capture_drops = capture_.counters().source_drops.get(),
          .own_ring_drops = capture_.counters().ring_drops.get(),
          .sender_gap = gap(sender_.heartbeat()),
          .capture_gap = gap(capture_.heartbeat()),
          .scheduler_gap = scheduler_.take_longest_gap()};
}

std::optional<sweep::HostLossSample> HostLossSampler::round(TimePoint now) {
  scheduler_.beat(now);
  if (now < sampled_at_ + sweep::kSlice) return std::nullopt;
  const capture::PathSlice slice = ledger_.add(sample(now));
  sampled_at_ = now;
  return sweep::HostLossSample{.from = slice.from,
                               .to = slice.to,
                               .heard_until = slice.heard_until,
                               .lost_for_probes = slice.lost_for_probes(),
                               .lost_for_connects = slice.lost_for_connects(),
                               .lost_packets = slice.lost_packets()};
}

// The threads have ended, so their missing beats are no stall.
void HostLossSampler::close(TimePoint now) {
  capture::PathSample last = sample(now);
  last.sender_gap = last.capture_gap = last.scheduler_gap = Duration::zero();
  ledger_.add(last);
}

sweep::PathFigures HostLossSampler::figures() const {
  sweep::PathFigures path;
  path.send_errors = sender_.counters().not_sent.get();
  path.rejected = capture_.counters().rejected_total();
  for (std::size_t i = 0; i < path.rejected_by.size(); ++i) {
    path.rejected_by[i] = capture_.counters().rejected[i].get();
  }
  path.ring_drops = ledger_.total(Loss::kOwnRing);
  path.capture_drops = ledger_.total(Loss::kCaptureRing);
  path.kernel_drops = ledger_.total(Loss::kBacklog) + ledger_.total(Loss::kReceive);
  return path;
}

}  // namespace rollcall::cli
