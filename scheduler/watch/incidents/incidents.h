// Keeps the open incidents of a fleet, and makes an event when one opens, changes or ends.
//
// Invariants:
//  1. A group is the subject of at most one open incident. A group that is down or settling has
//     none of its own while it belongs to an incident of its parent or of the fleet.
//  2. An event is made only when an incident opens, ends, or differs from its last notification. If
//     an incident is down or settling, single addresses that come or go make no event.
//  3. When an incident about several groups ends, groups that still have trouble open incidents of
//     their own in the same update. So no outage is unreported between the two.
//
// Threading: one thread.
// Ownership: owns the incidents; the view is borrowed for the call.
// Units:     addresses.
// Cost:      one pass over the groups an update; one over the rows of the groups that changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/watch/events.h"
#include "scheduler/watch/incidents/correlate.h"
#include "scheduler/watch/incidents/incident_track.h"

namespace rollcall::watch {

class Incidents {
 public:
  std::vector<IncidentEvent> update(const FleetStatus& view, const UpdateTime& moment,
                                    const Settings& settings);

  // Records in the open incidents about a group that a user verified the group. Returns the
  // incidents that changed.
  std::vector<Incident> note_verification(const VerificationRecord& verification);

  std::vector<Incident> open() const;

  // Adds the incidents that were open before the start. If one of the same subject has opened
  // since, the older one continues and the newer one ends as part of it. Returns those ends.
  std::vector<IncidentEvent> restore(std::vector<Incident> open, TimePoint now, WallTime wall);

 private:
  using Tracks = std::map<std::string, IncidentTrack, std::less<>>;
  struct Update;

  void update_many(Update& update);
  // While no sweep judges a target, open incidents of parents and the fleet stay unchanged.
  void cover_as_told(Update& update);
  void update_together(Update& update, IncidentScope scope, const std::string& subject,
                       IncidentTrack& track);
  void update_vantage(Update& update);
  void update_hops(Update& update);
  void update_dependencies(Update& update);
  void update_group(Update& update, GroupIndex group);
  void end_absent(Update& update);
  Tracks& tracks(IncidentScope scope) { return tracks_[static_cast<std::size_t>(scope)]; }

  std::array<Tracks, kIncidentScopes> tracks_;  // by IncidentScope, then subject
};

}  // namespace rollcall::watch
