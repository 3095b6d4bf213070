// Groups that answer fewer new connections than they are asked for, each asked at a pace of its
// own.
//
// A SYN limit, a full connection table or a ration of RSTs leaves the controls of a group without
// an answer. Then the group rests, and its doubted targets are asked one at a time, each with its
// control. The pace follows the controls: an unanswered one doubles the interval, answered ones
// shrink it slowly. A group of which no member answers any more, however slowly it is asked, may
// have died or wait for its limit to recover ("6 in 30 s"): this sweep cannot tell, the next can.
//
// Threading: one thread.
// Ownership: owns the queues.
// Units:     monotonic time, handed in.
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
  // So many groups that fall silent in one sweep went down together.
  static constexpr std::size_t kTogether = 3;

  struct Pace {
    Duration interval = std::chrono::milliseconds(100);
    TimePoint next_at{};
    TimePoint changed_at{};     // when the interval last grew
    std::uint32_t in_row = 0;   // controls answered since the last that was not
    std::uint32_t answers = 0;  // since then, of any member
    bool has_answered = false;  // any member, since it is limited
    bool is_ration = false;     // who was asked first answered: the order shows a ration
    std::deque<ScanIndex> queue;
  };

  bool contains(GroupIndex group) const { return groups_.contains(group.value); }
  const Pace* find(GroupIndex group) const;
  std::size_t size() const { return groups_.size(); }
  std::size_t queued() const { return queued_; }
  // Of several groups that were found limited, did no member of any answer since? Then they went
  // down together, and more patience would show nothing.
  bool fell_silent_together() const;
  const std::map<std::uint32_t, Pace>& groups() const { return groups_; }

  // A control of it was not answered at `asked_at`: the group is limited from now on.
  void control_failed(GroupIndex group, TimePoint asked_at, TimePoint now);
  void control_answered(GroupIndex group);
  void set_ration(GroupIndex group) { groups_.at(group.value).is_ration = true; }
  // Any other answer of a member.
  void answered(GroupIndex group);

  void push(GroupIndex group, ScanIndex target) {
    groups_.at(group.value).queue.push_back(target);
    ++queued_;
  }
  // The next target to ask, of whichever group's time has come; noted as asked.
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
