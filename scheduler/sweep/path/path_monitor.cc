#include "scheduler/sweep/path/path_monitor.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

// If the capture delivers nothing for this long, no silence can be judged.
constexpr Duration kCaptureLagMax = std::chrono::seconds(1);
// Once connects are accepted as proof, an answered connect rules out a blackout for this long.
constexpr Duration kConnectsProveFor = std::chrono::seconds(1);

}  // namespace

void PathMonitor::add(const HostLossSample& slice, Duration patience) {
  slices_.push_back(slice);
  known_until_ = std::min(slice.to, slice.heard_until - patience);
  // Whole witness slices only: probes of the newest slice are still being sent.
  const TimePoint until = known_until_ - kSlice;
  std::size_t deaf = 0;
  std::size_t proven = 0;
  for (std::size_t hop = 0; hop < by_hop_.size(); ++hop) {
    const Hearing hearing = by_hop_[hop].hearing(until, until);
    if (until > start_ && hearing != Hearing::kUnproven)
      unreliable_now_[hop] = hearing == Hearing::kUnreliable;
    deaf += hearing == Hearing::kUnreliable;
    proven += hearing == Hearing::kProven;
  }
  const bool connects_pass =
      accepts_connects_ && std::ranges::any_of(by_hop_, [&slice](const Witnesses& witnesses) {
        return witnesses.was_connect_heard(slice.to - kConnectsProveFor);
      });
  // Without witnesses the previous state holds.
  blackout_ = until > start_ && proven == 0 && !connects_pass && (deaf > 0 || blackout_);
  degraded_ = blackout_ || slice.lost_for_connects || slice.to - slice.heard_until > kCaptureLagMax;
}

bool PathMonitor::lost_in(TimePoint from, TimePoint to, ProbeKind question) const {
  // Search from the end, because the judged time is recent.
  for (auto slice = slices_.rbegin(); slice != slices_.rend() && slice->to >= from; ++slice) {
    if (slice->from > to) continue;
    const bool lost =
        question == ProbeKind::kProbe ? slice->lost_for_probes : slice->lost_for_connects;
    if (lost) return true;
  }
  return false;
}

bool PathMonitor::anybody_heard() const {
  return std::ranges::any_of(by_hop_,
                             [](const Witnesses& one) { return one.first_heard_at().has_value(); });
}

// True when witnesses of any hop did not answer.
bool PathMonitor::is_unreliable(TimePoint from, TimePoint to) const {
  return std::ranges::any_of(by_hop_, [from, to](const Witnesses& witnesses) {
    return witnesses.hearing(from, to) == Hearing::kUnreliable;
  });
}

Soundness PathMonitor::judge(TimePoint from, TimePoint to, ProbeKind question,
                             std::size_t hop) const {
  if (to > known_until_) return Soundness::kNotYet;
  if (lost_in(from, to, question)) return Soundness::kUnreliable;
  // Our SYNs prove nothing about the kernel's connects: their own controls do (controls.h).
  if (question == ProbeKind::kConnect) return Soundness::kSound;
  const Witnesses& witnesses = by_hop_[hop];
  const auto first_heard = witnesses.first_heard_at();
  if (first_heard && from < *first_heard) return Soundness::kUnreliable;
  // Only connects are answered, so the silence of SYNs proves nothing.
  if (first_heard && !witnesses.last_probe_heard_at()) return Soundness::kUnreliable;
  // Without any answer so far, the silence counts for now. The sweep probes anew once one comes.
  return witnesses.hearing(from, to) == Hearing::kUnreliable ? Soundness::kUnreliable
                                                             : Soundness::kSound;
}

std::uint32_t PathMonitor::unsound_slices() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(slices_, [this](const HostLossSample& slice) {
        if (slice.to > known_until_) return false;
        return slice.lost_for_probes || is_unreliable(slice.from, slice.to);
      }));
}

}  // namespace rollcall::sweep
