// Keeps every group below its rate, whatever mixture of probes and connects goes to it.
//
// The even scan order already paces first attempts below the group rate (even_rate()); they are
// only charged. Retries and connects pass when the group has room, else they wait their turn.
//
// Threading: one thread.  Ownership: own array.  Units: SYNs a second.
// Errors:    none.  Cost: 8 bytes a group.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::sweep {

class GroupRateLimit {
 public:
  // The caller comes by once a `round`; a group may use up a round's worth at once.
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
