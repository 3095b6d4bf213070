// Decides which targets are due for a probe, and when the next ones are.
//
// Targets with the same interval form an IntervalClass. A class falls due on a grid of its
// interval. The grids of several classes are shifted against each other, so that they seldom
// coincide. At the start all classes fall due at once, so that one sweep shows the whole fleet.
//
// Invariants:
//  1. begin() hands out no target while an earlier sweep still runs: a sweep never overlaps itself.
//  2. Missed points of the grid are counted, not queued: the next sweep is at the next grid point.
//  3. Every target belongs to exactly one IntervalClass.
//  4. Nothing postpones a Recheck that was requested: neither sweeps of other classes, nor a new
//     inventory.
//
// Threading: one thread.
// Ownership: owns lists of targets (4 bytes each) and of rechecks (16 bytes each); only the
//            constructors read the tables.
// Units:     monotonic time, which the caller passes in; intervals in nanoseconds.
// Errors:    a rule for a group that is not in the table has no effect.
// Cost:      begin() copies and sorts the indices of the due targets; the rest is a few comparisons
//            a class.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"

namespace rollcall::watch {

inline constexpr Duration kShortestInterval = std::chrono::seconds(5);

struct IntervalRule {
  std::string group;         // "": every group
  std::optional<Port> port;  // absent: every port
  Duration interval{};
  bool operator==(const IntervalRule&) const = default;
};

struct Intervals {
  Duration fleet = std::chrono::minutes(15);
  // The most specific rule applies: group and port, then group, then port. If rules are equally
  // specific, the first applies.
  std::vector<IntervalRule> rules;
  bool operator==(const Intervals&) const = default;
};

// The targets that one sweep probes.
struct DueTargets {
  std::vector<TargetIndex> targets;  // ascending, each once
  Duration interval{};               // the longest of theirs, for SweepView::interval
};

// An extra probe of a target, beside its regular sweeps.
struct Recheck {
  TargetIndex target;
  TimePoint at;
};

// All targets with the same interval.
struct IntervalClassView {
  Duration interval;
  std::span<const TargetIndex> targets;
};

class Schedule {
 public:
  // `start` is the origin of the grids.
  // Requires: every interval is at least kShortestInterval.
  Schedule(const inventory::TargetTable& table, const Intervals& intervals, TimePoint start);

  // For a table that replaces another between two sweeps. Keeps the grids, the due times and the
  // rechecks of the former schedule.
  Schedule(const inventory::TargetTable& table, const Intervals& intervals, const Schedule& former,
           const inventory::TargetTable& former_table, TimePoint now);

  // Hands out the targets due at `now`. They count as being swept until end(). An empty result
  // needs no end().
  DueTargets begin(TimePoint now);
  void end() { is_sweeping_ = false; }

  // Replaces all rechecks by these. A target that already had one keeps the earlier time.
  void schedule_rechecks(std::vector<Recheck> questions);

  // Also probes these targets at `at`, unless an earlier sweep includes them. Calls add up, and
  // schedule_rechecks() does not remove them.
  void request_now(std::span<const TargetIndex> targets, TimePoint at);

  // When the next target is due. While a sweep runs, begin() hands out nothing even then.
  TimePoint next() const;

  std::uint64_t missed() const { return missed_; }

  // Ascending by interval; the targets of each class ascend too.
  std::vector<IntervalClassView> interval_classes() const;

 private:
  struct IntervalClass {
    Duration interval;
    Duration phase;
    std::vector<TargetIndex> targets;
    TimePoint due;
  };

  void skip_missed(IntervalClass& interval_class, TimePoint now);
  Duration longest_interval(std::span<const TargetIndex> targets) const;

  TimePoint start_;
  std::vector<IntervalClass> classes_;  // by interval, ascending
  std::vector<Recheck> rechecks_;       // by target, each once
  TimePoint rechecks_at_ = TimePoint::max();
  std::vector<Recheck> requests_;  // by target, each once
  TimePoint requests_at_ = TimePoint::max();
  bool is_sweeping_ = false;
  std::uint64_t missed_ = 0;
};

// Makes a table of these rows and all canaries, for a sweep over part of the fleet. Groups without
// a row in `targets` are left out. `witnesses` become candidates for canaries: if no target of this
// part answers, their replies show that this host still receives replies.
// Requires: `targets` ascending, each once.
inventory::TargetTable part_of(const inventory::TargetTable& table,
                               std::span<const TargetIndex> targets,
                               std::span<const TargetIndex> witnesses, std::uint64_t seed);

}  // namespace rollcall::watch
