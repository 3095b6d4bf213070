// Which targets are due to be asked, and when the next are.
//
// Targets with the same interval are a lot; a lot falls due on a grid of its interval, and the
// grids of several lots are shifted against each other, so that they seldom meet. All lots fall due
// at once at the beginning: the fleet is known after the first sweep.
//
// Invariants:
//  1. No target is handed out while an earlier hand-out of it is not yet taken back: a sweep never
//     overlaps itself.
//  2. What was missed is counted, not queued: the next turn is the next on the grid.
//  3. Every target belongs to exactly one lot.
//  4. A question, once asked for, is put off by nobody: neither by sweeps of other lots, nor by
//     another inventory.
//
// Threading: one thread.
// Ownership: owns lists of targets, 4 bytes each, and of questions, 16 bytes each; the table is
// read by the constructor alone. Units:     monotonic time, handed in; intervals in nanoseconds.
// Errors:    a rule for a group that the table lacks is without effect.
// Cost:      begin() copies and sorts the indices of what is due; the rest is a few comparisons a
//            lot.
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
  // The most particular rule holds: group and port, then group, then port; of equals the first.
  std::vector<IntervalRule> rules;
  bool operator==(const Intervals&) const = default;
};

// What one sweep is to ask.
struct DueTargets {
  std::vector<TargetIndex> targets;  // ascending, each once
  Duration interval{};               // the longest of them: what SweepView::interval wants
};

// Of a target, beside its turns.
struct Recheck {
  TargetIndex target;
  TimePoint at;
};

// All targets that are asked at one interval.
struct IntervalClassView {
  Duration interval;
  std::span<const TargetIndex> targets;
};

class Schedule {
 public:
  // `start` is the origin of the grids.
  // Requires: every interval is at least kShortestInterval.
  Schedule(const inventory::TargetTable& table, const Intervals& intervals, TimePoint start);

  // For a table that replaces another between two sweeps: keeps the grids, the turns that are due
  // and the questions of the former one.
  Schedule(const inventory::TargetTable& table, const Intervals& intervals, const Schedule& former,
           const inventory::TargetTable& former_table, TimePoint now);

  // The targets due at `now`; they count as being swept until end(). An empty turn needs no end.
  DueTargets begin(TimePoint now);
  // The sweep is over.
  void end() { is_sweeping_ = false; }

  // These questions and no others; of one that was there before the earlier time stays.
  void schedule_rechecks(std::vector<Recheck> questions);

  // Asks these too, beside all questions, unless a turn asks them before. Adds up.
  void request_now(std::span<const TargetIndex> targets, TimePoint at);

  // When begin() has something to hand out next, unless a sweep still runs then.
  TimePoint next() const;

  std::uint64_t missed() const { return missed_; }

  // By interval, ascending; the targets of each ascend too.
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
  std::vector<Recheck> requests_;  // likewise
  TimePoint requests_at_ = TimePoint::max();
  bool is_sweeping_ = false;
  std::uint64_t missed_ = 0;
};

// A table of these rows alone, with all canaries, for a sweep over a part of the fleet: groups of
// which nothing is asked are left out. `witnesses` become candidates for canaries: where nobody of
// the part answers they show that this host hears. Requires: `targets` ascending, each once.
inventory::TargetTable part_of(const inventory::TargetTable& table,
                               std::span<const TargetIndex> targets,
                               std::span<const TargetIndex> witnesses, std::uint64_t seed);

}  // namespace rollcall::watch
