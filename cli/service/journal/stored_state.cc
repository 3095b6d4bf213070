#include "cli/service/journal/stored_state.h"

#include <algorithm>
#include <tuple>

namespace rollcall::cli {
namespace {

using watch::GroupRecord;
using watch::TargetRecord;

auto place_of(const TargetRecord& record) {
  return std::tuple(record.address, record.port.value);
}

bool is_same(const TargetRecord& a, const TargetRecord& b) {
  return a.state == b.state && a.is_known_missing == b.is_known_missing &&
         a.left_at.has_value() == b.left_at.has_value();
}

std::vector<TargetRecord> targets_in(const watch::PersistedState& persisted_state, WallTime now) {
  const auto record_of = [&](const watch::PersistedTarget& target) -> TargetRecord {
    return {target.address, target.port, target.settled, now - target.missing_for,
            target.is_known_missing};
  };
  std::vector<TargetRecord> targets;
  targets.reserve(persisted_state.targets.size() + persisted_state.departed.size());
  for (const watch::PersistedTarget& target : persisted_state.targets)
    targets.push_back(record_of(target));
  for (const watch::PersistedDeparture& departed : persisted_state.departed) {
    targets.push_back(record_of(departed.target));
    targets.back().left_at = now - departed.left_for;
  }
  if (!std::ranges::is_sorted(targets, {}, place_of)) std::ranges::sort(targets, {}, place_of);
  return targets;
}

std::vector<GroupRecord> groups_in(const watch::PersistedState& persisted_state, WallTime now) {
  std::vector<GroupRecord> groups;
  for (const watch::PersistedGroup& group : persisted_state.groups) {
    groups.push_back({group.group, group.phase, group.is_after_reboot, now - group.down_for});
  }
  std::ranges::sort(groups, {}, &GroupRecord::group);
  return groups;
}

std::vector<watch::SuspicionRecord> suspicions_in(const watch::PersistedState& persisted_state,
                                                  WallTime now) {
  std::vector<watch::SuspicionRecord> suspicions;
  for (const watch::PersistedSuspicion& suspicion : persisted_state.suspicions) {
    suspicions.push_back({.address = suspicion.address,
                          .port = suspicion.port,
                          .failing_since = now - suspicion.failing_for,
                          .judged_at = now - suspicion.judged_ago});
    if (suspicion.silent_for) suspicions.back().silent_since = now - *suspicion.silent_for;
  }
  return suspicions;
}

// Copies the time of each unchanged state from `stored` to `now`. Returns how many stored records
// are gone.
std::size_t keep_times(const std::vector<TargetRecord>& stored, std::vector<TargetRecord>& now) {
  std::size_t gone = 0;
  auto next = now.begin();
  for (const TargetRecord& before : stored) {
    while (next != now.end() && place_of(*next) < place_of(before)) ++next;
    if (next == now.end() || place_of(*next) != place_of(before)) {
      ++gone;
    } else {
      if (next->state == before.state) next->since = before.since;
      if (next->left_at && before.left_at) next->left_at = before.left_at;
    }
  }
  return gone;
}

void add_changed(const std::vector<TargetRecord>& stored, const std::vector<TargetRecord>& now,
                 std::vector<TargetRecord>& changed) {
  auto before = stored.begin();
  for (const TargetRecord& record : now) {
    while (before != stored.end() && place_of(*before) < place_of(record)) ++before;
    const bool is_known = before != stored.end() && place_of(*before) == place_of(record);
    if (!is_known || !is_same(*before, record)) changed.push_back(record);
  }
}

bool is_same_story(const GroupRecord& a, const GroupRecord& b) {
  return a.phase == b.phase && a.is_after_reboot == b.is_after_reboot;
}

const GroupRecord* find(const std::vector<GroupRecord>& groups, const std::string& name) {
  const auto found = std::ranges::lower_bound(groups, name, {}, &GroupRecord::group);
  return found != groups.end() && found->group == name ? &*found : nullptr;
}

void add_changed(const std::vector<GroupRecord>& stored, const std::vector<GroupRecord>& now,
                 std::vector<GroupRecord>& changed) {
  for (const GroupRecord& record : now) {
    const GroupRecord* before = find(stored, record.group);
    if (before == nullptr || !is_same_story(*before, record)) changed.push_back(record);
  }
  for (const GroupRecord& record : stored) {
    if (find(now, record.group) == nullptr) changed.push_back({.group = record.group});
  }
}

}  // namespace

StoredState::StoredState(StateRecords records)
    : targets_(std::move(records.targets)),
      groups_(std::move(records.groups)),
      has_suspicions_(!records.suspicions.empty()) {
  std::ranges::sort(targets_, {}, place_of);
  std::ranges::sort(groups_, {}, &GroupRecord::group);
}

void StoredState::fill(history::Batch& batch, const watch::PersistedState& persisted_state,
                       WallTime now, bool everything) {
  auto targets = targets_in(persisted_state, now);
  auto groups = groups_in(persisted_state, now);
  const std::size_t gone = keep_times(targets_, targets);
  if (everything || gone > 0) {
    batch.complete = true;
    batch.at = now;
    batch.target_states = targets;
    batch.group_states = groups;
  } else {
    add_changed(targets_, targets, batch.target_states);
    add_changed(groups_, groups, batch.group_states);
  }
  targets_ = std::move(targets);
  groups_ = std::move(groups);
  // Rewritten each time, because each sweep changes the times in them. Usually there are few or
  // none.
  if (has_suspicions_ || batch.complete || !persisted_state.suspicions.empty()) {
    batch.suspicions = suspicions_in(persisted_state, now);
  }
  has_suspicions_ = !persisted_state.suspicions.empty();
}

watch::PersistedState snapshot_from(const StateRecords& records, std::vector<watch::Incident> open,
                                    WallTime now) {
  watch::PersistedState persisted_state;
  persisted_state.targets.reserve(records.targets.size());
  for (const TargetRecord& record : records.targets) {
    const bool is_missing = record.state == watch::TargetState::kMissing ||
                            record.state == watch::TargetState::kNeverAnswered;
    const watch::PersistedTarget target{record.address, record.port, record.state,
                                        record.is_known_missing,
                                        is_missing ? now - record.since : Duration{}};
    if (record.left_at) {
      persisted_state.departed.push_back({target, now - *record.left_at});
    } else {
      persisted_state.targets.push_back(target);
    }
  }
  for (const GroupRecord& record : records.groups) {
    persisted_state.groups.push_back(
        {record.group, record.phase, record.is_after_reboot, now - record.down_since});
  }
  for (const watch::SuspicionRecord& record : records.suspicions) {
    std::optional<Duration> silent_for;
    if (record.silent_since) silent_for = now - *record.silent_since;
    persisted_state.suspicions.push_back({record.address, record.port, now - record.failing_since,
                                          silent_for, now - record.judged_at});
  }
  persisted_state.open = std::move(open);
  return persisted_state;
}

}  // namespace rollcall::cli
