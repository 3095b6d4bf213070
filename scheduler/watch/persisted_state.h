// All that a watch must remember to go on after a restart as if nothing had happened.
//
// Monotonic times do not survive a restart. A suspicion does: a watch that is restarted again and
// again must still tell what is missing. A settling time begins anew.
//
// Threading: plain values.
// Ownership: own everything.
// Units:     ages at the moment of the snapshot.
// Errors:    none; Watch::restore() takes values that no snapshot can hold for their nearest kin.
// Cost:      32 bytes a target, a dense array that may be stored as it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"
#include "scheduler/watch/events.h"

namespace rollcall::watch {

struct PersistedTarget {
  Address address;
  Port port;
  TargetState settled = TargetState::kNew;  // never kNew or kSuspect
  bool is_known_missing = false;
  Duration missing_for{};  // of one that is missing or has never answered
};
static_assert(sizeof(PersistedTarget) == 32);

// A target that had answered, and left the inventory within the last day.
struct PersistedDeparture {
  PersistedTarget target;  // as it was then
  Duration left_for{};
};

// A present run of sweeps that were not good, of a target that is not held to be missing yet.
struct PersistedSuspicion {
  Address address;
  Port port;
  Duration failing_for{};
  std::optional<Duration> silent_for;  // at most failing_for; none: the latest one found it closed
  Duration judged_ago{};               // by the latest of them
};

struct PersistedGroup {
  std::string group;
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  Duration down_for{};  // unless kNormal
};

struct PersistedState {
  std::vector<PersistedTarget> targets;  // judged ones alone
  std::vector<PersistedGroup> groups;    // with something to remember alone
  std::vector<PersistedDeparture> departed = {};
  std::vector<PersistedSuspicion> suspicions = {};
  std::vector<Incident> open;
};

}  // namespace rollcall::watch
