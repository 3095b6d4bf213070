// Decides when the incident of one subject opens, changes and ends, and when a change must wait.
//
//   no incident, trouble                 open it; wait while more targets are about to be decided
//   incident, other trouble or ranges    notify; wait likewise
//   incident, no trouble                 end it, at once
//   flapping                             keep it open; notify only of a worse trouble than ever, or
//                                        of more than twice as many addresses as ever
//
// A change waits for at most one confirm_span. Without the wait, receivers would get "partial" five
// seconds before "down".
//
// Threading: one thread.
// Ownership: owns its incident.
// Units:     monotonic time, wall time for display.
// Cost:      a few comparisons.
#pragma once

#include <cstdint>
#include <optional>

#include "scheduler/watch/events.h"
#include "scheduler/watch/incidents/correlate.h"
#include "scheduler/watch/incidents/flap_memory.h"

namespace rollcall::watch {

struct Judgement {
  std::optional<Trouble> trouble;
  bool is_other = false;      // the same trouble, but about other addresses or groups
  bool must_wait = false;     // other targets are about to be decided
  bool is_flapping = false;   // one of its targets flaps
  std::uint32_t missing = 0;  // addresses
};

enum class TrackAction : std::uint8_t {
  kNone,
  kOpen,
  kRefresh,  // update the incident, do not notify
  kCompare,  // update it, notify if trouble, groups or ranges differ
  kNotify,   // update it and notify
  kEnd,
};

class IncidentTrack {
 public:
  std::optional<Incident> incident;  // while open
  std::uint64_t version = 0;         // version of what the incident describes; the owner sets it

  TrackAction next(const Judgement& judgement, const UpdateTime& moment, const Settings& settings);

  // When the current trouble was first seen.
  WallTime since() const { return since_; }

  // Drops the incident without an end event: it continues as part of another, or its subject is
  // gone.
  void forget();

  // True when the track holds no state and may be deleted.
  bool is_idle() const { return !incident && !waiting_since_ && flaps_.is_quiet(); }

  void restore(Incident open, TimePoint now);

 private:
  bool is_ready(const Judgement& judgement, const UpdateTime& moment, const Settings& settings);
  TrackAction move(bool ready, bool flapping, std::uint32_t missing);

  std::optional<Trouble> notified_;
  // The most missing addresses of any notification about this incident.
  std::uint32_t most_missing_ = 0;
  std::optional<TimePoint> waiting_since_;
  WallTime since_{};
  FlapMemory flaps_;
};

}  // namespace rollcall::watch
