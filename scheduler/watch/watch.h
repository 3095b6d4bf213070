// Sweep after sweep of a fleet, folded into what is held to be true of it, and into news.
//
//   sweep ──> targets (target_watch.h) ──> groups (group_watch.h) ──> incidents (incidents.h)
//                │ transitions                                           │ events
//
// Threading: one thread.
// Ownership: shares the table; owns all memory.
// Units:     monotonic time for every decision; wall time for display alone.
// Errors:    none; what a snapshot should not hold is mended.
// Cost:      24 bytes a target; a sweep is two passes over the rows. Only changes allocate.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/target_verdict.h"
#include "scheduler/watch/cadence.h"
#include "scheduler/watch/group_watch.h"
#include "scheduler/watch/incidents/incidents.h"
#include "scheduler/watch/persisted_state.h"
#include "scheduler/watch/schedule.h"

namespace rollcall::watch {

// One sweep over the fleet, or over a part of it.
struct SweepView {
  const inventory::TargetTable& table;              // that the sweep was made with
  std::span<const verdict::TargetProgress> states;  // by its Place
  bool sound = true;
  TimePoint started;
  WallTime started_wall;
  Duration interval{};                    // the longest of the targets in it
  Duration duration{};                    // of the sweep
  std::string_view unjudged_reason = {};  // why it could not judge all; "": it could
  // What it found silent, by name; `is_whole`: there is nothing else silent.
  std::span<const std::pair<std::string, SilentHop>> silent_hops = {};
  bool is_whole = false;
};

struct Changes {
  std::vector<Transition> transitions;
  std::vector<IncidentEvent> incidents;
};

// What is held to be true of a group.
struct GroupStatus {
  std::optional<Trouble> trouble;
  bool is_settling = false;
  GroupFigures figures;
};

class Watch {
 public:
  Watch(std::shared_ptr<const inventory::TargetTable> table, const Settings& settings);

  // Holds for all later observations.
  void set_settings(const Settings& settings) { settings_ = settings; }

  // A sweep that judged nothing decides nothing, and tells only what cannot be judged for too long.
  Changes add(const SweepView& sweep);

  // What time alone tells: targets that no sweep has judged for too long, whether sweeps fail,
  // judge nothing or do not end. Call it every second or so.
  std::vector<IncidentEvent> check(TimePoint now, WallTime wall, const std::string& reason);

  // Those of now; check() and add() open, follow and end their incidents.
  void set_failed_dependencies(std::vector<FailedDependency> failed) {
    failed_dependencies_ = std::move(failed);
  }

  // How often each target is asked; without it the longest interval of the sweeps counts for all.
  void set_intervals(std::span<const IntervalClassView> interval_classes);

  // Another inventory: targets are matched by (address, port), or by address where
  // its ports are others, and groups by name. What is no longer in
  // it ends without a transition; its incidents shrink, or end. What comes back within a day, as
  // when a file was being replaced, is not new: it is a suspect, so that an outage is told again.
  std::vector<IncidentEvent> reload(std::shared_ptr<const inventory::TargetTable> table,
                                    TimePoint now, WallTime wall);

  // The open incidents that read otherwise now.
  std::vector<Incident> note_verification(const VerificationRecord& verification) {
    return incidents_.note_verification(verification);
  }

  PersistedState persisted_state(TimePoint now) const;
  // Merges what was remembered with what sweeps have shown since the start (ADR 33). Observations
  // of this watch stand; a target that has not answered yet takes what is remembered of it. Returns
  // the ends of incidents that go on as a remembered one.
  std::vector<IncidentEvent> restore(const PersistedState& persisted_state, TimePoint now,
                                     WallTime wall);

  const inventory::TargetTable& table() const { return *table_; }
  TargetState state_of(TargetIndex target) const { return memories_[target.value].state; }
  GroupStatus status_of(GroupIndex group) const;
  // The same with ranges.
  verdict::GroupReport report_of(GroupIndex group) const {
    return watch::report_of(fleet(), group);
  }
  std::vector<Incident> open_incidents() const { return incidents_.open(); }

  // Targets of which the next observation may decide something, so that it is worth asking again
  // before their next turn: confirm_span later.
  std::vector<TargetIndex> undecided() const;
  // When the first settling group's time is over: then its missing targets are worth asking.
  std::optional<TimePoint> settled_at() const;

 private:
  void adopt(std::shared_ptr<const inventory::TargetTable> table);
  void note_departed(const inventory::TargetTable& before, std::span<const TargetMemory> memories,
                     TimePoint now);
  void add_departed(const PersistedTarget& target, TimePoint left_at);
  void welcome_back(TimePoint now);
  void restore_groups(const PersistedState& persisted_state, TimePoint now);
  void restore_targets(const PersistedState& persisted_state, TimePoint now);
  void add_suspicions(PersistedState& persisted_state, TimePoint now) const;
  void restore_suspicions(const PersistedState& persisted_state, TimePoint now);
  void restore_causes(const Incident& incident, TimePoint now);
  void inherit_by_address(const inventory::TargetTable& before,
                          std::span<const TargetMemory> memories);
  // True when the sweep judged anything.
  bool fold_targets(const SweepView& sweep, std::vector<Transition>& transitions);
  void fold_groups(TimePoint now);
  void find_unjudged(TimePoint at, WallTime wall_at);
  std::vector<IncidentEvent> fold_unjudged(TimePoint now, WallTime wall);
  void take_silent_hops(const SweepView& sweep);
  Duration interval_of(std::uint32_t row) const;
  Transition transition_of(TargetIndex target, TargetState from, const SweepView& sweep,
                           const verdict::TargetProgress& state) const;
  std::vector<IncidentEvent> fold_incidents(const UpdateTime& moment);
  FleetMemory fleet() const { return {*table_, *shared_, memories_}; }

  Settings settings_;
  std::shared_ptr<const inventory::TargetTable> table_;
  std::optional<SharedAddresses> shared_;
  std::unordered_map<std::string_view, GroupIndex> by_name_;
  std::vector<TargetMemory> memories_;  // by TargetIndex
  std::vector<GroupMemory> groups_;     // by GroupIndex
  std::vector<GroupFigures> figures_;
  // Targets that had answered, and left the inventory not long ago.
  struct Departed {
    TimePoint left_at{};
    TargetState settled = TargetState::kUp;
  };
  std::map<std::pair<Address, Port>, Departed> departed_;
  Incidents incidents_;
  Duration longest_interval_{};
  Cadence cadence_;
  std::vector<std::uint8_t> class_of_;  // by TargetIndex; empty: not told
  std::vector<Duration> class_intervals_;
  std::map<std::string, SilentHop, std::less<>> silent_hops_;
  std::string unjudged_reason_;
  std::vector<FailedDependency> failed_dependencies_;
  std::optional<TimePoint> known_since_;  // targets that were never judged count from here
  TimePoint checked_at_{};                // by find_unjudged()
  TimePoint awake_since_{};               // since then it was called all the time
  std::optional<TimePoint> judged_at_;    // the newest sweep that judged anything
};

}  // namespace rollcall::watch
