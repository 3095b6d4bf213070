// When something is told of one subject, and when it is held back: the memory of one incident.
//
//   no incident, trouble                 open it; waits while more is about to be decided
//   incident, other trouble or ranges    tell; waits likewise
//   incident, no trouble                 end it, at once
//   flapping                             stays open; told is only what is worse than ever, or more
//                                        than twice as many addresses as ever
//
// To wait costs at most one confirm_span, and spares a reader "partial" five seconds before "down".
//
// Threading: one thread.
// Ownership: owns its incident.
// Units:     monotonic time, wall time for display.
// Errors:    none.
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
  bool is_other = false;      // as bad as before, but about other addresses or groups
  bool must_wait = false;     // more is about to be decided
  bool is_flapping = false;   // a target of it is
  std::uint32_t missing = 0;  // addresses
};

enum class TrackAction : std::uint8_t {
  kNone,
  kOpen,
  kRefresh,  // bring the incident up to date, tell nobody
  kCompare,  // bring it up to date, tell if it reads otherwise
  kNotify,   // bring it up to date and tell
  kEnd,
};

class IncidentTrack {
 public:
  std::optional<Incident> incident;  // while open
  std::uint64_t version = 0;         // of what the incident describes; the owner's

  TrackAction next(const Judgement& judgement, const UpdateTime& moment, const Settings& settings);

  // When what is judged now was first seen.
  WallTime since() const { return since_; }

  // Ends without an end: the incident goes on as part of another, or its subject is gone.
  void forget();

  // Nothing is left to remember.
  bool is_idle() const { return !incident && !waiting_since_ && flaps_.is_quiet(); }

  void restore(Incident open, TimePoint now);

 private:
  bool is_ready(const Judgement& judgement, const UpdateTime& moment, const Settings& settings);
  TrackAction move(bool ready, bool flapping, std::uint32_t missing);

  std::optional<Trouble> notified_;
  std::uint32_t most_missing_ = 0;  // of what was told of the incident
  std::optional<TimePoint> waiting_since_;
  WallTime since_{};
  FlapMemory flaps_;
};

}  // namespace rollcall::watch
