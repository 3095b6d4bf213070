#include "scheduler/watch/watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/base/error.h"

namespace rollcall::watch {
namespace {

using inventory::TargetTable;

// find_unjudged() passes over all targets, so it seldom runs between sweeps.
constexpr Duration kCheckPause = std::chrono::seconds(5);
// No target counts as unjudged before this, however short its interval.
constexpr Duration kUnjudgedMin = std::chrono::seconds(30);
// After a gap this long between calls, assume that this process was stopped or its host slept.
constexpr Duration kStopped = std::chrono::seconds(15);

}  // namespace

Watch::Watch(std::shared_ptr<const TargetTable> table, const Settings& settings)
    : settings_(settings) {
  adopt(std::move(table));
  memories_.resize(table_->size());
  groups_.resize(table_->groups().size());
  fold_groups(TimePoint{});
}

void Watch::adopt(std::shared_ptr<const TargetTable> table) {
  table_ = std::move(table);
  shared_.emplace(*table_);
  by_name_.clear();
  for (std::uint32_t i = 0; i < table_->groups().size(); ++i) {
    by_name_.emplace(table_->groups()[i].name, GroupIndex{i});
  }
}

Changes Watch::add(const SweepView& sweep) {
  ROLLCALL_CHECK(sweep.states.size() == sweep.table.size());
  longest_interval_ = std::max(longest_interval_, sweep.interval);
  if (sweep.sound) cadence_.add(sweep.started, sweep.duration);
  if (!known_since_) known_since_ = sweep.started;
  if (!sweep.unjudged_reason.empty()) unjudged_reason_ = sweep.unjudged_reason;
  take_silent_hops(sweep);
  Changes changes;
  const bool any_judged = fold_targets(sweep, changes.transitions);
  find_unjudged(sweep.started, sweep.started_wall);
  if (!any_judged) {
    changes.incidents = fold_unjudged(sweep.started, sweep.started_wall);
    return changes;
  }
  fold_groups(sweep.started);
  const TimePoint before = judged_at_.value_or(sweep.started);
  const Duration achieved = cadence_.achieved(before, sweep.interval);
  changes.incidents =
      fold_incidents({.now = sweep.started,
                      .wall = sweep.started_wall,
                      .interval = longest_interval_,
                      .is_after_a_pause = sweep.started - before > longest_gap(achieved)});
  judged_at_ = sweep.started;
  return changes;
}

std::vector<IncidentEvent> Watch::check(TimePoint now, WallTime wall, const std::string& reason) {
  if (!known_since_) known_since_ = now;
  if (now - checked_at_ < kCheckPause) return {};
  if (!reason.empty()) unjudged_reason_ = reason;
  find_unjudged(now, wall);
  return fold_unjudged(now, wall);
}

std::vector<IncidentEvent> Watch::fold_unjudged(TimePoint now, WallTime wall) {
  return fold_incidents(
      {.now = now, .wall = wall, .interval = longest_interval_, .is_unjudged = true});
}

void Watch::set_intervals(std::span<const IntervalClassView> interval_classes) {
  class_of_.assign(table_->size(), 0);
  class_intervals_.clear();
  for (const IntervalClassView& interval_class : interval_classes) {
    // A class index is one byte. All classes from the 256th on get the longest interval, at which
    // no target counts as unjudged too early.
    const std::size_t index = std::min<std::size_t>(class_intervals_.size(), UINT8_MAX);
    for (const TargetIndex target : interval_class.targets) {
      class_of_[target.value] = static_cast<std::uint8_t>(index);
    }
    if (index < class_intervals_.size()) {
      class_intervals_.back() = interval_class.interval;
    } else {
      class_intervals_.push_back(interval_class.interval);
    }
  }
}

Duration Watch::interval_of(std::uint32_t row) const {
  if (class_of_.size() != table_->size()) return longest_interval_;
  return class_intervals_[class_of_[row]];
}

// A target counts as unjudged until a sound sweep judges it. A group stays unjudged until sweeps
// have judged all of its targets. So a restart does not end an incident about targets that it has
// not probed yet.
void Watch::find_unjudged(TimePoint at, WallTime wall_at) {
  // Exclude the time in which this process was stopped: it sent no probes then.
  if (at - checked_at_ > kStopped) awake_since_ = at;
  checked_at_ = std::max(checked_at_, at);
  // add() passes the start of a sweep, which may lie before the latest check(). Ages must not
  // shrink because of that.
  const TimePoint now = checked_at_;
  const WallTime wall = wall_at + (now - at);
  const Duration awake = now - awake_since_;
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const inventory::Group& group = table_->groups()[i];
    GroupMemory& memory = groups_[i];
    std::uint32_t unjudged = 0;
    bool are_all_seen = true;
    Duration oldest{};
    Duration limit_of_all{};
    for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
      const TargetMemory& target = memories_[row];
      are_all_seen = are_all_seen && target.is_seen;
      const Duration age = target.is_seen ? time_since(target.seen_at, now) : now - *known_since_;
      if (std::min(age, awake) <= kUnjudgedMin) continue;
      const Duration interval = interval_of(row);
      const Duration longest = cadence_.achieved(now - age, Duration{});
      Duration limit = 2 * std::max(interval, longest) + longest;
      // A slow sweep that judged nothing must not extend the limit of a group that is already
      // unjudged.
      if (memory.is_unjudged) limit = std::min(limit, memory.unjudged_after);
      if (std::min(age, awake) <= limit) continue;
      ++unjudged;
      oldest = std::max(oldest, age);
      limit_of_all = std::max(limit_of_all, limit);
    }
    if (unjudged > 0) {
      if (!memory.is_unjudged) memory.unjudged_at = wall - oldest;
      memory.unjudged_after = limit_of_all;
      memory.is_unjudged = true;
    } else if (are_all_seen) {
      memory.is_unjudged = false;
    }
    memory.unjudged = unjudged;
  }
}

void Watch::take_silent_hops(const SweepView& sweep) {
  for (const auto& [name, hop] : sweep.silent_hops) {
    const auto [known, is_new] = silent_hops_.try_emplace(name, hop);
    if (is_new) {
      known->second.since = sweep.started;
      known->second.since_wall = sweep.started_wall;
    }
    known->second.answers = hop.answers;
    known->second.targets = std::max(known->second.targets, hop.targets);
    known->second.seen_at = sweep.started;
  }
  // A sweep over part of the fleet has no result for the next hops that it does not use.
  const Duration kept = std::max(2 * longest_interval_, 2 * kUnjudgedMin);
  std::erase_if(silent_hops_, [&](const auto& entry) {
    const TimePoint seen_at = entry.second.seen_at;
    return (sweep.is_whole && sweep.sound && seen_at != sweep.started) ||
           sweep.started - seen_at > kept;
  });
}

bool Watch::fold_targets(const SweepView& sweep, std::vector<Transition>& transitions) {
  bool judged = false;
  const bool is_same = &sweep.table == table_.get();
  // rows() ascends by group and address: transitions are reported in this order.
  for (const inventory::Target& target : sweep.table.rows()) {
    const verdict::TargetProgress& state =
        verdict::state_of(sweep.table, sweep.states, target.index);
    const auto own =
        is_same ? std::optional(target.index) : table_->find_target(target.address, target.port);
    if (!own) continue;  // it left the inventory while the sweep ran
    const inventory::Target& ours = (*table_)[*own];
    const TargetResult observation = observe(state, ours.expect, sweep.sound);
    if (observation == TargetResult::kUnknown) continue;
    judged = true;
    TargetMemory& memory = memories_[own->value];
    const TargetState from = memory.state;
    const bool was_unstable = memory.is_unstable;
    const TimePoint seen_at = sweep.started - time_since(memory.seen_at, sweep.started);
    const Duration interval =
        memory.is_seen ? cadence_.achieved(seen_at, sweep.interval) : sweep.interval;
    const StateChange action = fold(memory, observation, sweep.started, interval, settings_);
    GroupMemory& group = groups_[ours.group.value];
    if (memory.is_unstable != was_unstable) ++group.version;
    if (memory.state != TargetState::kUp) {
      const TimePoint judged_at = group.judged_at.value_or(sweep.started);
      judge(group, sweep.started, cadence_.achieved(judged_at, sweep.interval));
    }
    const bool is_as_before = memory.is_back && memory.state == TargetState::kUp;
    memory.is_back = false;
    if (action == StateChange::kNone || is_as_before) continue;
    if (action == StateChange::kHard) ++group.version;
    transitions.push_back(transition_of(*own, from, sweep, state));
  }
  return judged;
}

Transition Watch::transition_of(TargetIndex target, TargetState from, const SweepView& sweep,
                                const verdict::TargetProgress& state) const {
  const inventory::Target& row = (*table_)[target];
  return {.at = sweep.started_wall,
          .group = table_->group(row.group).name,
          .address = row.address,
          .port = row.port,
          .from = from,
          .to = memories_[target.value].state,
          .evidence = fmt::format("{}", fmt::join(verdict::EvidenceTexts(state), " "))};
}

void Watch::fold_groups(TimePoint now) {
  for (TargetMemory& memory : memories_) calm_down(memory, now, settings_);
  figures_.resize(groups_.size());
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    figures_[i] = count(fleet(), {i});
    const inventory::Group& group = table_->groups()[i];
    const auto targets = std::span(memories_).subspan(group.first, group.targets);
    if (mark_overdue(groups_[i], figures_[i], targets, now, settings_)) {
      figures_[i] = count(fleet(), {i});
    }
    if (!step(groups_[i], figures_[i], now, settings_)) continue;
    mark_known_missing(targets, now, settings_.settling + longest_interval_);
  }
}

std::vector<IncidentEvent> Watch::fold_incidents(const UpdateTime& moment) {
  return incidents_.update(
      {fleet(), by_name_, groups_, figures_, silent_hops_, unjudged_reason_, failed_dependencies_},
      moment, settings_);
}

std::vector<IncidentEvent> Watch::reload(std::shared_ptr<const TargetTable> table, TimePoint now,
                                         WallTime wall) {
  const std::shared_ptr<const TargetTable> before = table_;
  const std::vector<TargetMemory> memories = std::move(memories_);
  const std::vector<GroupMemory> groups = std::move(groups_);
  const auto by_name = std::move(by_name_);
  adopt(std::move(table));

  memories_.assign(table_->size(), {});
  for (const inventory::Target& target : before->in_scan_order()) {
    const auto own = table_->find_target(target.address, target.port);
    if (own) memories_[own->value] = memories[target.index.value];
  }
  inherit_by_address(*before, memories);
  welcome_back(now);
  note_departed(*before, memories, now);
  known_since_ = now;
  class_of_.clear();
  groups_.assign(table_->groups().size(), {});
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const auto found = by_name.find(table_->groups()[i].name);
    if (found != by_name.end()) groups_[i] = groups[found->second.value];
    ++groups_[i].version;  // its members or its note may have changed
  }
  fold_groups(now);
  return fold_incidents({.now = now, .wall = wall, .interval = longest_interval_});
}

// A known address with other ports is not new: the state of the address holds until sweeps have
// judged its new ports.
void Watch::inherit_by_address(const TargetTable& before, std::span<const TargetMemory> memories) {
  std::map<Address, const TargetMemory*> known;
  for (const inventory::Target& target : table_->in_scan_order()) {
    if (!before.find_target(target.address, target.port)) known[target.address] = nullptr;
  }
  if (known.empty()) return;
  for (const inventory::Target& target : table_->in_scan_order()) {
    if (before.find_target(target.address, target.port)) known.erase(target.address);
  }
  // If an address had several ports, the one in the best state counts.
  const auto weight = [](const TargetMemory& memory) {
    switch (memory.settled) {
      case TargetState::kUp:
      case TargetState::kClosed:
        return 3;
      case TargetState::kMissing:
        return 2;
      case TargetState::kNeverAnswered:
        return 1;
      default:
        return 0;
    }
  };
  for (const inventory::Target& target : before.in_scan_order()) {
    const auto found = known.find(target.address);
    if (found == known.end()) continue;
    const TargetMemory& memory = memories[target.index.value];
    const bool is_better = found->second == nullptr || weight(memory) > weight(*found->second);
    if (is_better && weight(memory) > 0) found->second = &memory;
  }
  for (const inventory::Target& target : table_->in_scan_order()) {
    const auto found = known.find(target.address);
    if (found == known.end() || found->second == nullptr) continue;
    TargetMemory& memory = memories_[target.index.value];
    memory = *found->second;
    // An address that answered becomes a suspect, because its new port has not been probed yet.
    if (weight(memory) < 3) continue;
    memory = {};
    memory.state = TargetState::kSuspect;
    memory.settled = TargetState::kUp;
    memory.is_back = true;
  }
}

GroupStatus Watch::status_of(GroupIndex group) const {
  const GroupMemory& memory = groups_[group.value];
  const GroupFigures& figures = figures_[group.value];
  return {.trouble = trouble_of(memory, figures),
          .is_settling = memory.phase == GroupPhase::kSettling,
          .figures = figures};
}

std::vector<TargetIndex> Watch::undecided() const {
  std::vector<TargetIndex> targets;
  for (std::uint32_t row = 0; row < memories_.size(); ++row) {
    if (is_undecided(memories_[row])) targets.push_back({row});
  }
  return targets;
}

std::optional<TimePoint> Watch::settled_at() const {
  std::optional<TimePoint> earliest;
  for (const GroupMemory& group : groups_) {
    if (group.phase != GroupPhase::kSettling) continue;
    earliest = earliest ? std::min(*earliest, group.settled_at) : group.settled_at;
  }
  return earliest;
}

}  // namespace rollcall::watch
