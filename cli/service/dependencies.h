// Dependencies tracks what the watch needs beside its targets, and since when each part fails:
// inventory sources, receivers, the HTTP server, certificates. A failure that outlasts its patience
// becomes an incident.
//
// Threading: the service's thread.
// Ownership: owns its memory.
// Units:     monotonic time for decisions; wall time for display.
// Cost:      one pass over the failures per update.
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
  std::string name;               // "receiver mail-1"; the key across updates
  std::string why;                // the current text
  Duration patience{};            // how long it may last before it is an incident
  std::optional<WallTime> since;  // start, if before this process; nullopt: now
};

class Dependencies {
 public:
  // Requires: `failures` lists everything that fails now. A failure that is missing from it has
  // ended.
  void update(const std::vector<DependencyFailure>& failures, TimePoint now, WallTime wall);

  // After a restart: restores the open incidents of the former process. Each one stays until its
  // dependency was tried again, because a receiver fails only when something is sent to it.
  void restore(std::span<const watch::Incident> open, TimePoint now, WallTime wall);

  // The failures that have outlasted their patience.
  std::vector<watch::FailedDependency> overdue(TimePoint now) const;

 private:
  struct Failure {
    std::string why;
    Duration patience{};
    TimePoint since{};
    WallTime since_wall{};
    TimePoint kept_until{};  // even if update() does not list it
  };

  std::map<std::string, Failure> failures_;  // by name
};

}  // namespace rollcall::cli
