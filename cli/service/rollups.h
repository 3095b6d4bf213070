// How each group answered, an hour in a row, for the history.
//
// Threading: one thread.
// Ownership: owns everything.
// Units:     addresses; hours of wall time.
// Errors:    none.
// Cost:      a map entry a group.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/watch/events.h"

namespace rollcall::cli {

class Rollups {
 public:
  void add(WallTime at, const std::string& group, std::uint32_t expected, std::uint32_t answering);
  // What was added since the last call; the store adds up what belongs to one hour.
  std::vector<watch::GroupRollup> take();

 private:
  std::map<std::pair<WallTime, std::string>, watch::GroupRollup> by_hour_;
};

}  // namespace rollcall::cli
