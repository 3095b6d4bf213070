// The state of a watch that survives a restart, so that it continues without false incidents.
//
// Monotonic times do not survive a restart, so ages are kept. A suspicion survives: a watch that
// restarts again and again must still report missing targets. A settling time starts again.
//
// Ownership: own everything.
// Units:     ages at the moment of the snapshot.
// Errors:    Watch::restore() replaces values that no snapshot can contain by the nearest valid
//            ones.
// Cost:      32 bytes a target, in a dense array that may be stored as it is.
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
  Duration missing_for{};  // only when missing or never answered
};
static_assert(sizeof(PersistedTarget) == 32);

// A target that had answered, and left the inventory within the last day.
struct PersistedDeparture {
  PersistedTarget target;  // at the moment when it left
  Duration left_for{};
};

// The current run of failed or closed sweeps of a target that is not confirmed as missing yet.
struct PersistedSuspicion {
  Address address;
  Port port;
  Duration failing_for{};
  // At most failing_for; nullopt: the latest sweep found it closed.
  std::optional<Duration> silent_for;
  Duration judged_ago{};  // age of the latest of these sweeps
};

struct PersistedGroup {
  std::string group;
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  Duration down_for{};  // unless kNormal
};

struct PersistedState {
  std::vector<PersistedTarget> targets;  // only judged targets
  std::vector<PersistedGroup> groups;    // only groups that are not kNormal, or is_after_reboot
  std::vector<PersistedDeparture> departed = {};
  std::vector<PersistedSuspicion> suspicions = {};
  std::vector<Incident> open;
};

}  // namespace rollcall::watch
