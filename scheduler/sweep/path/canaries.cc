#include "scheduler/sweep/path/canaries.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

using capture::ObservationKind;
using inventory::CanaryKind;

// Long enough to lose two replies in a row, with a third probe outstanding.
constexpr Duration kLately = 3 * kCanaryRest;

bool is_known_to_answer(CanaryKind kind) {
  return kind == CanaryKind::kUp || kind == CanaryKind::kClosed;
}

// A RST from a known listener is a stopped service and no false reply. But if an unused address
// answers, or a closed port accepts, another host on the path answers in its name.
bool is_lie(CanaryKind kind, ObservationKind answer) {
  if (kind == CanaryKind::kUnused) return true;
  return kind == CanaryKind::kClosed && answer == ObservationKind::kSynAck;
}

}  // namespace

Canaries::Canaries(const inventory::TargetTable& table, std::size_t hops)
    : of_hop_(std::max<std::size_t>(1, hops)),
      of_hop_max_(std::max<std::size_t>(2, kCanariesOfHopsMax / of_hop_.size())) {
  for (const inventory::Canary& canary : table.canaries()) {
    const ScanIndex place = table.place_of(canary.target);
    if (find(place) != nullptr) continue;
    members_.push_back({.target = place, .group = table.at(place).group, .kind = canary.kind});
  }
}

Canaries::Member* Canaries::find(ScanIndex target) {
  const auto found = std::ranges::find(members_, target, &Member::target);
  return found == members_.end() ? nullptr : &*found;
}

void Canaries::offer(ScanIndex target, GroupIndex group, TimePoint now, std::size_t hop) {
  if (!wants_more(hop) || find(target) != nullptr) return;
  const auto of_group =
      static_cast<std::size_t>(std::ranges::count(members_, group, &Member::group));
  if (of_group > 0 && (of_group >= kCanariesOfGroupMax || members_.size() >= kCanariesOfGroupMax)) {
    return;
  }
  ++of_hop_[hop];
  members_.push_back({.target = target,
                      .group = group,
                      .kind = CanaryKind::kCandidate,
                      .has_answered = true,
                      .heard_at = now});
  last_heard_ = std::max(last_heard_, now);
}

std::optional<ScanIndex> Canaries::due(TimePoint now) const {
  if (members_.empty()) return std::nullopt;
  // Spread over kCanaryRest, not all at once with a gap afterwards.
  const auto count = static_cast<Duration::rep>(members_.size());
  if (now < last_asked_ + std::max(kCanaryInterval, kCanaryRest / count)) return std::nullopt;
  const Member& member = members_[next_ % members_.size()];
  if (now < member.asked_at + kCanaryRest) return std::nullopt;
  return member.target;
}

void Canaries::asked(ScanIndex target, TimePoint now) {
  last_asked_ = now;
  next_ = (next_ + 1) % members_.size();
  if (Member* member = find(target)) {
    member->asked_at = now;
    member->is_asked = true;
    member->overtaken = false;
  }
}

bool Canaries::is_unused(ScanIndex target) const {
  const auto found = std::ranges::find(members_, target, &Member::target);
  return found != members_.end() && found->kind == CanaryKind::kUnused;
}

// A canary that never answered is a witness only while no canary has answered either. A canary that
// stopped answering while others continue has failed. A blackout silences all of them.
bool Canaries::is_witness(const Member& member) const {
  if (!member.has_answered) return is_known_to_answer(member.kind) && last_heard_ == TimePoint{};
  return last_heard_ - member.heard_at < kLately;
}

void Canaries::sent(ScanIndex target, TimePoint at, Witnesses& witnesses) {
  Member* member = find(target);
  if (member == nullptr) return;
  member->is_asked = false;
  member->sent_at = at;
  member->is_alone = !member->awaits;
  member->awaits = !member->overtaken;
  member->is_expected = is_witness(*member);
  if (!member->is_expected) return;
  witnesses.canary_asked(at);
  if (member->overtaken) witnesses.canary_heard(at);
}

std::optional<TimePoint> Canaries::heard(ScanIndex target, ObservationKind kind, TimePoint now,
                                         Witnesses& witnesses) {
  Member* member = find(target);
  if (member == nullptr || !capture::is_answer(kind)) return std::nullopt;
  member->has_lied |= is_lie(member->kind, kind);
  const bool counts = member->awaits && member->is_expected;
  if (member->kind != CanaryKind::kUnused) last_heard_ = std::max(last_heard_, now);
  if (counts) witnesses.canary_heard(member->sent_at);
  member->heard_at = now;
  member->awaits = false;
  member->overtaken = member->is_asked;
  // An address that should be unused is no witness, whatever it replies.
  if (member->kind != CanaryKind::kUnused) member->has_answered = true;
  return counts && member->is_alone ? std::optional(member->sent_at) : std::nullopt;
}

std::vector<ScanIndex> Canaries::those(auto&& predicate) const {
  std::vector<ScanIndex> targets;
  for (const Member& member : members_) {
    if (predicate(member)) targets.push_back(member.target);
  }
  return targets;
}

std::vector<ScanIndex> Canaries::lying_canaries() const {
  return those([](const Member& member) { return member.has_lied; });
}

std::vector<ScanIndex> Canaries::lost() const {
  return those(
      [](const Member& member) { return is_known_to_answer(member.kind) && !member.has_answered; });
}

std::uint32_t Canaries::answering() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(members_, &Member::has_answered));
}

std::uint32_t Canaries::still_answering(TimePoint now) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(members_, [now](const Member& member) {
    return member.has_answered && now - member.heard_at < kLately;
  }));
}

}  // namespace rollcall::sweep
