// The incidents of a fleet: which are open, and what is news of them.
//
// Invariants:
//  1. A group is the subject of at most one open incident. One that is down or settling and belongs
//     to an incident of its parent or of the fleet has none of its own.
//  2. An event is made only when an incident opens, ends, or reads otherwise than when last told;
//     one that settles, or is down, is not told again because single addresses came or went.
//  3. What an incident of many leaves behind when it ends opens incidents of its own, in the same
//     update: between the two nothing is untold.
//
// Threading: one thread.
// Ownership: owns the incidents; the view is borrowed for the call.
// Units:     addresses.
// Errors:    none.
// Cost:      one pass over the groups an update; one over the rows of groups that are news.
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

  // Somebody verified a group: noted in the open incidents that are about it. Those that read
  // otherwise then.
  std::vector<Incident> note_verification(const VerificationRecord& verification);

  std::vector<Incident> open() const;

  // Takes in what was open before the start. Where one of the same subject has opened since, the
  // older goes on and the newer ends as part of it: those ends are returned.
  std::vector<IncidentEvent> restore(std::vector<Incident> open, TimePoint now, WallTime wall);

 private:
  using Tracks = std::map<std::string, IncidentTrack, std::less<>>;
  struct Update;

  void update_many(Update& update);
  // While nothing is judged, what is open of racks and the fleet stays as it is.
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
