// What the watch needs beside its targets, and since when each of it fails: inventory sources,
// receivers, the HTTP server, certificates. A failure that outlasts its patience is an incident.
//
// Threading: the service's thread.
// Ownership: owns its memory.
// Units:     monotonic time for decisions; wall time for display.
// Cost:      a look at each failure an update.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "scheduler/watch/events.h"

namespace rollcall::cli {

struct DependencyFailure {
  std::string name;               // "receiver mail-1"; a failure is followed by it
  std::string why;                // as it reads now
  Duration patience{};            // before people are told
  std::optional<WallTime> since;  // where it is known from before this process; none: since now
};

class Dependencies {
 public:
  // Everything that fails now. A failure that is not among them is over.
  void update(const std::vector<DependencyFailure>& failures, TimePoint now, WallTime wall);

  // After a restart: the open incidents of a former process. Each lasts until its dependency was
  // tried again: a receiver fails only once something is sent to it.
  void restore(std::span<const watch::Incident> open, TimePoint now, WallTime wall);

  // Those that people are told of.
  std::vector<watch::FailedDependency> overdue(TimePoint now) const;

 private:
  struct Failure {
    std::string why;
    Duration patience{};
    TimePoint since{};
    WallTime since_wall{};
    TimePoint kept_until{};  // also where nothing is known of it
  };

  std::map<std::string, Failure> failures_;  // by name
};

}  // namespace rollcall::cli
