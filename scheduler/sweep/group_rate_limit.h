// Keeps every group below its rate, for any mixture of probes and connects to it.
//
// The even scan order already keeps first attempts below the group rate (even_rate()), so they are
// only charged. Retries and connects are sent when the group has room, and wait otherwise.
//
// Threading: one thread.
// Units:     SYNs a second.
// Cost:      8 bytes a group.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::sweep {

class GroupRateLimit {
 public:
  // The caller calls once per `round`; a group may use up a round's quota at once.
  GroupRateLimit(std::size_t groups, PacketRate rate, Duration round)
      : interval_(static_cast<Duration::rep>(1e9 / rate.per_second)),
        round_(round),
        free_at_(groups) {}

  bool has_room(GroupIndex group, TimePoint now) const {
    return free_at_[group.value] < now + round_;
  }
  void charge(GroupIndex group, TimePoint now, std::uint32_t syns = 1) {
    TimePoint& free_at = free_at_[group.value];
    free_at = std::max(free_at, now) + syns * interval_;
  }

 private:
  Duration interval_;
  Duration round_;
  std::vector<TimePoint> free_at_;
};

}  // namespace rollcall::sweep
