#include "scheduler/sweep/canaries.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

using capture::ObservationKind;
using inventory::CanaryKind;

bool is_known_to_answer(CanaryKind kind) {
  return kind == CanaryKind::kUp || kind == CanaryKind::kClosed;
}

// A RST where a listener was known is a stopped service and no lie. Who should not exist and
// answers, or listens where nobody should, shows that something on the way speaks for others.
bool is_lie(CanaryKind kind, ObservationKind answer) {
  if (kind == CanaryKind::kUnused) return true;
  return kind == CanaryKind::kClosed && answer == ObservationKind::kSynAck;
}

}  // namespace

Canaries::Canaries(const inventory::TargetTable& table) {
  for (const inventory::Canary& canary : table.canaries()) {
    if (find(canary.target) != nullptr) continue;
    members_.push_back(
        {.target = canary.target, .group = table[canary.target].group, .kind = canary.kind});
  }
}

Canaries::Member* Canaries::find(TargetIndex target) {
  const auto found = std::ranges::find(members_, target, &Member::target);
  return found == members_.end() ? nullptr : &*found;
}

void Canaries::offer(TargetIndex target, GroupIndex group) {
  if (!wants_more()) return;
  const bool is_new = std::ranges::none_of(members_, [&](const Member& member) {
    return member.group == group && member.kind == CanaryKind::kCandidate;
  });
  if (is_new && find(target) == nullptr) {
    members_.push_back(
        {.target = target, .group = group, .kind = CanaryKind::kCandidate, .has_answered = true});
  }
}

std::optional<TargetIndex> Canaries::due(TimePoint now) const {
  if (members_.empty() || now < last_asked_ + kCanaryInterval) return std::nullopt;
  const Member& member = members_[next_ % members_.size()];
  if (now < member.asked_at + kCanaryRest) return std::nullopt;
  return member.target;
}

void Canaries::asked(TargetIndex target, TimePoint now) {
  last_asked_ = now;
  next_ = (next_ + 1) % members_.size();
  if (Member* member = find(target)) {
    member->asked_at = now;
    member->is_asked = true;
    member->overtaken = false;
  }
}

bool Canaries::is_witness(const Member& member) {
  return member.has_answered || is_known_to_answer(member.kind);
}

void Canaries::sent(TargetIndex target, TimePoint at, Witnesses& witnesses) {
  Member* member = find(target);
  if (member == nullptr) return;
  member->is_asked = false;
  member->sent_at = at;
  member->is_alone = !member->awaits;
  member->awaits = !member->overtaken;
  if (!is_witness(*member)) return;
  witnesses.canary_asked(at);
  if (member->overtaken) witnesses.canary_heard(at);
}

std::optional<TimePoint> Canaries::heard(TargetIndex target, ObservationKind kind,
                                         Witnesses& witnesses) {
  Member* member = find(target);
  const bool proves = kind == ObservationKind::kSynAck || kind == ObservationKind::kRst;
  if (member == nullptr || !proves) return std::nullopt;
  member->has_lied |= is_lie(member->kind, kind);
  const bool counts = member->awaits && is_witness(*member);
  if (counts) witnesses.canary_heard(member->sent_at);
  member->awaits = false;
  member->overtaken = member->is_asked;
  // Who should not exist is no witness, whatever it says.
  if (member->kind != CanaryKind::kUnused) member->has_answered = true;
  return counts && member->is_alone ? std::optional(member->sent_at) : std::nullopt;
}

std::vector<TargetIndex> Canaries::those(auto&& predicate) const {
  std::vector<TargetIndex> targets;
  for (const Member& member : members_) {
    if (predicate(member)) targets.push_back(member.target);
  }
  return targets;
}

std::vector<TargetIndex> Canaries::liars() const {
  return those([](const Member& member) { return member.has_lied; });
}

std::vector<TargetIndex> Canaries::lost() const {
  return those(
      [](const Member& member) { return is_known_to_answer(member.kind) && !member.has_answered; });
}

std::uint32_t Canaries::answering() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(members_, &Member::has_answered));
}

}  // namespace rollcall::sweep
