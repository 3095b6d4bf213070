// Rollups counts how many addresses of each group answer, per hour, for the history.
//
// Threading: one thread.
// Ownership: owns everything.
// Units:     addresses; hours of wall time.
// Cost:      one map entry per group.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/watch/events.h"

namespace rollcall::cli {

class Rollups {
 public:
  void add(WallTime at, const std::string& group, std::uint32_t expected, std::uint32_t answering);
  // Returns what was added since the last call. The store adds up the rollups of one hour.
  std::vector<watch::GroupRollup> take();

 private:
  std::map<std::pair<WallTime, std::string>, watch::GroupRollup> by_hour_;
};

}  // namespace rollcall::cli
