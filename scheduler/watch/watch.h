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
#include "scheduler/watch/group_watch.h"
#include "scheduler/watch/incidents.h"
#include "scheduler/watch/snapshot.h"

namespace rollcall::watch {

// One sweep over the fleet, or over a part of it.
struct SweepView {
  const inventory::TargetTable& table;           // that the sweep was made with
  std::span<const verdict::TargetState> states;  // by its Place
  bool sound = true;
  TimePoint started;
  WallTime started_wall;
  Duration interval{};  // the longest of the targets in it
};

struct News {
  std::vector<Transition> transitions;
  std::vector<IncidentEvent> incidents;
};

// What is held to be true of a group.
struct GroupStanding {
  std::optional<Trouble> trouble;
  bool is_settling = false;
  GroupFigures figures;
};

class Watch {
 public:
  Watch(std::shared_ptr<const inventory::TargetTable> table, const Settings& settings);

  // Holds for all later observations.
  void set_settings(const Settings& settings) { settings_ = settings; }

  // A sweep that judged nothing is no news, and time that passes so decides nothing.
  News add(const SweepView& sweep);

  // Another inventory: targets are matched by (address, port), groups by name. What is no longer in
  // it ends without a transition; its incidents shrink, or end. What comes back within a day, as
  // when a file was being replaced, is not new: it is a suspect, so that an outage is told again.
  std::vector<IncidentEvent> reload(std::shared_ptr<const inventory::TargetTable> table,
                                    TimePoint now, WallTime wall);

  // The open incidents that read otherwise now.
  std::vector<Incident> note_verification(const Verification& verification) {
    return incidents_.note_verification(verification);
  }

  Snapshot snapshot(TimePoint now) const;
  // Requires: before the first add().
  void restore(const Snapshot& snapshot, TimePoint now);

  const inventory::TargetTable& table() const { return *table_; }
  TargetState state_of(TargetIndex target) const { return memories_[target.value].state; }
  GroupStanding standing_of(GroupIndex group) const;
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
  void welcome_back(TimePoint now);
  // True when the sweep judged anything.
  bool fold_targets(const SweepView& sweep, std::vector<Transition>& transitions);
  void fold_groups(TimePoint now);
  Transition transition_of(TargetIndex target, TargetState from, const SweepView& sweep,
                           const verdict::TargetState& state) const;
  std::vector<IncidentEvent> fold_incidents(const Moment& moment);
  Fleet fleet() const { return {*table_, *shared_, memories_}; }

  Settings settings_;
  std::shared_ptr<const inventory::TargetTable> table_;
  std::optional<SharedAddresses> shared_;
  std::unordered_map<std::string_view, GroupIndex> by_name_;
  std::vector<TargetMemory> memories_;  // by TargetIndex
  std::vector<GroupMemory> groups_;     // by GroupIndex
  std::vector<GroupFigures> figures_;
  // Of targets that had answered, and left the inventory not long ago: when they left.
  std::map<std::pair<Address, Port>, TimePoint> departed_;
  Incidents incidents_;
  Duration longest_interval_{};
  std::optional<TimePoint> judged_at_;  // the newest sweep that judged anything
};

}  // namespace rollcall::watch
