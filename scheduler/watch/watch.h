// Derives the state of the fleet from its sweeps, and reports transitions and incidents.
//
//   sweep ──> targets (target_watch.h) ──> groups (group_watch.h) ──> incidents (incidents.h)
//                │ transitions                                           │ events
//
// Threading: one thread.
// Ownership: shares the table; owns all memory.
// Units:     monotonic time for every decision; wall time only for display.
// Errors:    restore() replaces values that no snapshot can contain by valid ones.
// Cost:      28 bytes a target; a sweep is two passes over the rows. Only changes allocate.
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
  const inventory::TargetTable& table;              // the table that the sweep used
  std::span<const verdict::TargetProgress> states;  // by ScanIndex
  bool sound = true;
  TimePoint started;
  WallTime started_wall;
  Duration interval{};                    // the longest of its targets
  Duration duration{};                    // how long the sweep took
  std::string_view unjudged_reason = {};  // why it could not judge all; "": it could
  // The next hops that it found silent, by name. `is_whole`: no other next hop is silent.
  std::span<const std::pair<std::string, SilentHop>> silent_hops = {};
  bool is_whole = false;
};

struct Changes {
  std::vector<Transition> transitions;
  std::vector<IncidentEvent> incidents;
};

// The current state of a group.
struct GroupStatus {
  std::optional<Trouble> trouble;
  bool is_settling = false;
  GroupFigures figures;
};

class Watch {
 public:
  Watch(std::shared_ptr<const inventory::TargetTable> table, const Settings& settings);

  // Applies to all later sweeps.
  void set_settings(const Settings& settings) { settings_ = settings; }

  // Adds a sweep. A sweep that judged nothing changes no state: it only reports targets that no
  // sweep has judged for too long.
  Changes add(const SweepView& sweep);

  // Reports the targets that no sweep has judged for too long, whether sweeps fail, judge nothing
  // or do not end. Call it about every second.
  std::vector<IncidentEvent> check(TimePoint now, WallTime wall, const std::string& reason);

  // Sets the dependencies that fail now; check() and add() open, update and end their incidents.
  void set_failed_dependencies(std::vector<FailedDependency> failed) {
    failed_dependencies_ = std::move(failed);
  }

  // Sets each target's interval. Without it the longest interval of the sweeps applies to all.
  void set_intervals(std::span<const IntervalClassView> interval_classes);

  // Replaces the inventory. Targets are matched by (address, port), or by address if the ports
  // differ; groups are matched by name. A removed target ends without a transition; its incidents
  // shrink or end. A target that returns within a day is not new, as its file may just have been
  // replaced. It returns as a suspect, so that an outage is reported again.
  std::vector<IncidentEvent> reload(std::shared_ptr<const inventory::TargetTable> table,
                                    TimePoint now, WallTime wall);

  // Returns the open incidents that this verification changes.
  std::vector<Incident> note_verification(const VerificationRecord& verification) {
    return incidents_.note_verification(verification);
  }

  PersistedState persisted_state(TimePoint now) const;
  // Merges the stored state with the results of sweeps since the start (ADR 33). Results of this
  // watch stand. A target that has not answered yet takes its stored state. Returns the ends of
  // incidents that continue as a restored one.
  std::vector<IncidentEvent> restore(const PersistedState& persisted_state, TimePoint now,
                                     WallTime wall);

  const inventory::TargetTable& table() const { return *table_; }
  TargetState state_of(TargetIndex target) const { return memories_[target.value].state; }
  GroupStatus status_of(GroupIndex group) const;
  // The same with address ranges.
  verdict::GroupReport report_of(GroupIndex group) const {
    return watch::report_of(fleet(), group);
  }
  std::vector<Incident> open_incidents() const { return incidents_.open(); }

  // Targets for which the next result may decide something. A recheck after confirm_span is useful.
  std::vector<TargetIndex> undecided() const;
  // When the first settling time is over: then a recheck of that group's missing targets is useful.
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
  // Returns true when the sweep judged at least one target.
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
  // Targets that had answered, and left the inventory within the last day.
  struct Departed {
    TimePoint left_at{};
    TargetState settled = TargetState::kUp;
  };
  std::map<std::pair<Address, Port>, Departed> departed_;
  Incidents incidents_;
  Duration longest_interval_{};
  Cadence cadence_;
  std::vector<std::uint8_t> class_of_;  // by TargetIndex; empty: not set
  std::vector<Duration> class_intervals_;
  std::map<std::string, SilentHop, std::less<>> silent_hops_;
  std::string unjudged_reason_;
  std::vector<FailedDependency> failed_dependencies_;
  std::optional<TimePoint> known_since_;  // never judged targets count as unjudged from here
  TimePoint checked_at_{};                // the latest call of find_unjudged()
  TimePoint awake_since_{};               // since then the calls came without a long pause
  std::optional<TimePoint> judged_at_;    // the newest sweep that judged a target
};

}  // namespace rollcall::watch
