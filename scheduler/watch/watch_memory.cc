// Saves and restores the state of a watch (persisted_state.h), and keeps targets that left the
// inventory for a day.
#include <algorithm>

#include "scheduler/watch/watch.h"

namespace rollcall::watch {
namespace {

using inventory::TargetTable;

// Longer than any age that still matters for an incident.
constexpr Duration kLongAgo = std::chrono::hours(24 * 365);

constexpr Duration kDepartedKept = std::chrono::hours(24);
constexpr std::size_t kDepartedMax = 100'000;  // about 10 MB

GroupPhase mended(GroupPhase phase) {
  const bool is_valid = phase == GroupPhase::kDown || phase == GroupPhase::kSettling;
  return is_valid ? phase : GroupPhase::kNormal;
}

bool answers_in(TargetState settled) {
  return settled == TargetState::kUp || settled == TargetState::kClosed;
}

bool is_settled_state(TargetState state) {
  return answers_in(state) || state == TargetState::kMissing ||
         state == TargetState::kNeverAnswered;
}

bool has_answered(TargetState settled) {
  return settled != TargetState::kNew && settled != TargetState::kNeverAnswered;
}

// Merges the stored state of a target into what this watch has seen. A target that has answered
// since the start keeps its new state. A target that answered before and fails now is a suspect.
void remember(TargetMemory& memory, const PersistedTarget& stored, TimePoint now) {
  if (has_answered(memory.settled)) return;
  memory.settled = memory.state = stored.settled;
  memory.is_known_missing = stored.is_known_missing && stored.settled == TargetState::kMissing;
  memory.is_overdue = false;
  if (answers_in(stored.settled)) {
    if (memory.is_failing) memory.state = TargetState::kSuspect;
    return;
  }
  memory.missing_since =
      ticks_before(now) - ticks_of(std::clamp(stored.missing_for, Duration{}, kLongAgo));
}

bool may_be_suspected(TargetState settled) {
  return settled != TargetState::kMissing && settled != TargetState::kNeverAnswered;
}

bool is_suspicion(const TargetMemory& memory) {
  return memory.is_failing && may_be_suspected(memory.settled);
}

// The start of a span is rounded up, so it may lie one tick ahead.
Duration age_of(Ticks then, TimePoint now) {
  return static_cast<std::int32_t>(ticks_before(now) - then) < 0 ? Duration{}
                                                                 : time_since(then, now);
}

// Ages come from the wall clock, which may have been set during the pause. So at most one interval
// of the pause counts.
void suspect_again(TargetMemory& memory, const PersistedSuspicion& stored, TimePoint now,
                   Duration interval) {
  const Duration too_long = std::max(stored.judged_ago - interval, Duration{});
  const auto ticks_ago = [&](Duration ago) {
    return ticks_before(now) - ticks_of(std::clamp(ago - too_long, Duration{}, kLongAgo));
  };
  memory.failing_since = ticks_ago(stored.failing_for);
  memory.is_failing = true;
  memory.is_silent = stored.silent_for.has_value();
  if (stored.silent_for) memory.missing_since = ticks_ago(*stored.silent_for);
  memory.seen_at = ticks_ago(stored.judged_ago);
  memory.is_seen = true;
  if (memory.settled != TargetState::kNew) memory.state = TargetState::kSuspect;
}

// Makes it a suspect, so that an outage during its absence is reported again.
void return_from_absence(TargetMemory& memory) {
  if (has_answered(memory.settled)) return;
  memory.state = TargetState::kSuspect;
  memory.settled = TargetState::kUp;
  memory.is_overdue = false;
  memory.is_back = true;
}

}  // namespace

void Watch::welcome_back(TimePoint now) {
  std::erase_if(departed_, [&](const auto& entry) {
    const auto& [key, departed] = entry;
    const auto own = table_->find_target(key.first, key.second);
    const bool is_recent = now - departed.left_at < kDepartedKept;
    if (own && is_recent) return_from_absence(memories_[own->value]);
    return own || !is_recent;
  });
}

void Watch::note_departed(const TargetTable& before, std::span<const TargetMemory> memories,
                          TimePoint now) {
  for (const inventory::Target& target : before.in_scan_order()) {
    if (table_->find_target(target.address, target.port)) continue;
    const TargetMemory& memory = memories[target.index.value];
    add_departed({target.address, target.port, memory.settled}, now);
  }
}

void Watch::add_departed(const PersistedTarget& target, TimePoint left_at) {
  if (!is_settled_state(target.settled) || !has_answered(target.settled)) return;
  if (departed_.size() == kDepartedMax) return;
  departed_.insert_or_assign({target.address, target.port}, Departed{left_at, target.settled});
}

PersistedState Watch::persisted_state(TimePoint now) const {
  PersistedState persisted_state;
  for (std::uint32_t row = 0; row < table_->size(); ++row) {
    const TargetMemory& memory = memories_[row];
    if (memory.settled == TargetState::kNew) continue;
    const inventory::Target& target = (*table_)[{row}];
    const bool is_missing =
        memory.settled == TargetState::kMissing || memory.settled == TargetState::kNeverAnswered;
    persisted_state.targets.push_back(
        {target.address, target.port, memory.settled, memory.is_known_missing,
         is_missing ? time_since(memory.missing_since, now) : Duration{}});
  }
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const GroupMemory& group = groups_[i];
    const bool is_normal = group.phase == GroupPhase::kNormal;
    if (is_normal && !group.is_after_reboot) continue;
    persisted_state.groups.push_back({table_->groups()[i].name, group.phase, group.is_after_reboot,
                                      is_normal ? Duration{} : now - group.down_since});
  }
  for (const auto& [key, departed] : departed_) {
    const Duration left_for = now - departed.left_at;
    if (left_for >= kDepartedKept) continue;
    persisted_state.departed.push_back({{key.first, key.second, departed.settled}, left_for});
  }
  add_suspicions(persisted_state, now);
  persisted_state.open = incidents_.open();
  return persisted_state;
}

std::vector<IncidentEvent> Watch::restore(const PersistedState& persisted_state, TimePoint now,
                                          WallTime wall) {
  restore_groups(persisted_state, now);
  restore_targets(persisted_state, now);
  restore_suspicions(persisted_state, now);
  for (const PersistedDeparture& stored : persisted_state.departed) {
    add_departed(stored.target, now - std::clamp(stored.left_for, Duration{}, kLongAgo));
  }
  welcome_back(now);
  fold_groups(now);
  std::vector<IncidentEvent> events = incidents_.restore(persisted_state.open, now, wall);
  for (const Incident& incident : persisted_state.open) restore_causes(incident, now);
  return events;
}

void Watch::restore_groups(const PersistedState& persisted_state, TimePoint now) {
  for (const PersistedGroup& stored : persisted_state.groups) {
    const auto found = by_name_.find(stored.group);
    if (found == by_name_.end()) continue;
    GroupMemory& group = groups_[found->second.value];
    group.is_after_reboot = group.is_after_reboot || stored.is_after_reboot;
    ++group.version;
    if (group.phase != GroupPhase::kNormal) continue;
    group.phase = mended(stored.phase);
    group.down_since = now - std::clamp(stored.down_for, Duration{}, kLongAgo);
    group.settled_at = now + settings_.settling;
  }
  // A restart must not extend a grace period.
  for (GroupMemory& group : groups_) group.answers_since = now - kLongAgo;
}

// A stored target that is no longer listed left at an unknown time: its day begins now.
void Watch::restore_targets(const PersistedState& persisted_state, TimePoint now) {
  for (const PersistedTarget& stored : persisted_state.targets) {
    if (!is_settled_state(stored.settled)) continue;
    const auto target = table_->find_target(stored.address, stored.port);
    if (!target) {
      add_departed(stored, now);
      continue;
    }
    remember(memories_[target->value], stored, now);
    ++groups_[(*table_)[*target].group.value].version;
  }
}

void Watch::add_suspicions(PersistedState& persisted_state, TimePoint now) const {
  for (std::uint32_t row = 0; row < table_->size(); ++row) {
    const TargetMemory& memory = memories_[row];
    if (!memory.is_seen || !is_suspicion(memory)) continue;
    const inventory::Target& target = (*table_)[{row}];
    std::optional<Duration> silent_for;
    if (memory.is_silent) silent_for = age_of(memory.missing_since, now);
    persisted_state.suspicions.push_back({target.address, target.port,
                                          age_of(memory.failing_since, now), silent_for,
                                          age_of(memory.seen_at, now)});
  }
}

// Restores the suspicion of a target only if this watch has not judged it yet, and only after a
// pause of at most longest_gap().
void Watch::restore_suspicions(const PersistedState& persisted_state, TimePoint now) {
  for (const PersistedSuspicion& stored : persisted_state.suspicions) {
    const auto target = table_->find_target(stored.address, stored.port);
    if (!target) continue;
    TargetMemory& memory = memories_[target->value];
    if (memory.is_seen || !may_be_suspected(memory.settled)) continue;
    const Duration interval = interval_of(target->value);
    if (stored.judged_ago < Duration{} || stored.judged_ago > longest_gap(interval)) continue;
    suspect_again(memory, stored, now, interval);
    ++groups_[(*table_)[*target].group.value].version;
  }
}

void Watch::restore_causes(const Incident& incident, TimePoint now) {
  // The snapshot does not keep which targets were unstable, so all that are up become unstable.
  // Each is stable again after a run of good sweeps.
  if (incident.now == Trouble::kUnstable && by_name_.contains(incident.subject)) {
    const inventory::Group& group = table_->group(by_name_.at(incident.subject));
    for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
      memories_[row].is_unstable = memories_[row].settled == TargetState::kUp;
    }
  }
  if (incident.now == Trouble::kCannotJudge) {
    for (const std::string& name : incident.groups) {
      const auto found = by_name_.find(name);
      if (found == by_name_.end()) continue;
      groups_[found->second.value].is_unjudged = true;
      groups_[found->second.value].unjudged_at = incident.started_at;
    }
  }
  if (incident.scope == IncidentScope::kNextHop) {
    silent_hops_.try_emplace(
        incident.subject,
        SilentHop{.since = now, .since_wall = incident.started_at, .seen_at = now});
  }
}

}  // namespace rollcall::watch
