#include "scheduler/sweep/limited_groups.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRest = 1s;  // before the sweep connects to a limited group again
constexpr Duration kFastest = 2ms;
constexpr Duration kSlowest = 6s;  // "limit rate 12/minute" allows a connection every 5 s
// After this many answers since the interval last grew, it shrinks by a fifth.
constexpr std::uint32_t kAnswersToQuicken = 4;

}  // namespace

const LimitedGroups::Pace* LimitedGroups::find(GroupIndex group) const {
  const auto found = groups_.find(group.value);
  return found == groups_.end() ? nullptr : &found->second;
}

void LimitedGroups::control_failed(GroupIndex group, TimePoint asked_at, TimePoint now) {
  const auto [it, is_new] = groups_.try_emplace(group.value);
  Pace& pace = it->second;
  pace.in_row = 0;
  if (is_new) {
    pace.changed_at = now;
    pace.next_at = now + kRest;
    return;
  }
  // A control that started before the interval last changed proves nothing about the present one.
  if (asked_at < pace.changed_at) return;
  pace.interval = std::min<Duration>(2 * pace.interval, kSlowest);
  pace.changed_at = now;
  pace.answers = 0;
  pace.next_at = now + pace.interval;
}

void LimitedGroups::control_answered(GroupIndex group) {
  const auto found = groups_.find(group.value);
  if (found == groups_.end()) return;
  ++found->second.in_row;
  answered(group);
}

void LimitedGroups::answered(GroupIndex group) {
  const auto found = groups_.find(group.value);
  if (found == groups_.end()) return;
  Pace& pace = found->second;
  pace.has_answered = true;
  if (++pace.answers % kAnswersToQuicken != 0) return;
  pace.interval = std::max<Duration>(pace.interval * 4 / 5, kFastest);
}

bool LimitedGroups::fell_silent_together() const {
  return groups_.size() >= kTogether &&
         std::ranges::none_of(groups_, [](const auto& each) { return each.second.has_answered; });
}

std::optional<LimitedGroups::Due> LimitedGroups::next(TimePoint now) {
  for (auto& [index, pace] : groups_) {
    if (pace.queue.empty() || pace.next_at > now) continue;
    const Due due{{index}, pace.queue.front()};
    pace.queue.pop_front();
    --queued_;
    pace.next_at = now + pace.interval;
    return due;
  }
  return std::nullopt;
}

}  // namespace rollcall::sweep
