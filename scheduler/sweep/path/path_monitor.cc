#include "scheduler/sweep/path/path_monitor.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

// A capture that hands nothing on for so long keeps every silence from being judged.
constexpr Duration kCaptureLagMax = std::chrono::seconds(1);
// Where connects are trusted, one that was answered proves for so long that this host is not blind.
constexpr Duration kConnectsProveFor = std::chrono::seconds(1);

}  // namespace

void PathMonitor::add(const HostLossSample& slice, Duration patience) {
  slices_.push_back(slice);
  known_until_ = std::min(slice.to, slice.heard_until - patience);
  // Whole witness slices only: the newest is still being asked.
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
  // Where nobody could be asked it stays what it was.
  blackout_ = until > start_ && proven == 0 && !connects_pass && (deaf > 0 || blackout_);
  degraded_ = blackout_ || slice.lost_for_connects || slice.to - slice.heard_until > kCaptureLagMax;
}

bool PathMonitor::lost_in(TimePoint from, TimePoint to, ProbeKind question) const {
  // From the back: what is judged is recent.
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

// By any way.
bool PathMonitor::is_unreliable(TimePoint from, TimePoint to) const {
  return std::ranges::any_of(by_hop_, [from, to](const Witnesses& witnesses) {
    return witnesses.hearing(from, to) == Hearing::kUnreliable;
  });
}

Soundness PathMonitor::judge(TimePoint from, TimePoint to, ProbeKind question,
                             std::size_t hop) const {
  if (to > known_until_) return Soundness::kNotYet;
  if (lost_in(from, to, question)) return Soundness::kUnreliable;
  // SYNs of ours prove nothing about the kernel's connects: their own controls do (controls.h).
  if (question == ProbeKind::kConnect) return Soundness::kSound;
  const Witnesses& witnesses = by_hop_[hop];
  const auto first_heard = witnesses.first_heard_at();
  if (first_heard && from < *first_heard) return Soundness::kUnreliable;
  // Connects alone are answered: the silence of SYNs shows nothing.
  if (first_heard && !witnesses.last_probe_heard_at()) return Soundness::kUnreliable;
  // Where nobody could tell yet, the sweep asks anew once somebody can.
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
