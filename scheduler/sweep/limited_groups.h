// Schedules the connects to limited groups, each group at its own rate.
// A group is limited when it answers fewer new connections than the sweep sends.
//
// A SYN limit, a full connection table or a limit on RSTs leaves the controls of a group without an
// answer. The group then rests. After that the sweep connects to its doubted targets one at a time,
// each with its control. The rate follows the controls: an unanswered control doubles the interval,
// answered ones shrink it slowly. If no member answers at any rate, the group may be down, or wait
// for its limit to recover ("6 in 30 s"). This sweep cannot decide that; the next one can.
//
// Threading: one thread.
// Ownership: owns the queues.
// Units:     monotonic time, passed in.
// Cost:      a few dozen bytes a limited group and 4 a queued target.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::sweep {

class LimitedGroups {
 public:
  // If this many groups fall silent in one sweep, they went down together.
  static constexpr std::size_t kTogether = 3;

  struct Pace {
    Duration interval = std::chrono::milliseconds(100);
    TimePoint next_at{};
    TimePoint changed_at{};     // when the interval last grew
    std::uint32_t in_row = 0;   // controls answered since the last unanswered one
    std::uint32_t answers = 0;  // answers of any member since the interval last grew
    bool has_answered = false;  // any member answered since the group became limited
    bool is_ration = false;     // the members probed first answered: the order shows a limit
    std::deque<ScanIndex> queue;
  };

  bool contains(GroupIndex group) const { return groups_.contains(group.value); }
  const Pace* find(GroupIndex group) const;
  std::size_t size() const { return groups_.size(); }
  std::size_t queued() const { return queued_; }
  // True when several groups are limited and no member of any of them has answered since. They went
  // down together, and longer waiting would show nothing.
  bool fell_silent_together() const;
  const std::map<std::uint32_t, Pace>& groups() const { return groups_; }

  // Call when a control of the group, started at `asked_at`, got no answer. The group is limited
  // from now on.
  void control_failed(GroupIndex group, TimePoint asked_at, TimePoint now);
  void control_answered(GroupIndex group);
  void set_ration(GroupIndex group) { groups_.at(group.value).is_ration = true; }
  // Call on any other answer of a member.
  void answered(GroupIndex group);

  void push(GroupIndex group, ScanIndex target) {
    groups_.at(group.value).queue.push_back(target);
    ++queued_;
  }
  // Takes the next target to connect to from a group whose interval has passed, and starts the
  // group's next interval.
  struct Due {
    GroupIndex group;
    ScanIndex target;
  };
  std::optional<Due> next(TimePoint now);

 private:
  std::map<std::uint32_t, Pace> groups_;
  std::size_t queued_ = 0;
};

}  // namespace rollcall::sweep
