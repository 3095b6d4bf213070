// Two configurations compared: what a running watch can take over, and what needs a restart.
//
// Threading: pure functions.
// Ownership: return new values.
// Errors:    none.
// Cost:      set-up only.
#pragma once

#include <string>
#include <vector>

#include "cli/config/config.h"

namespace rollcall::cli {

// Names of tables and keys, as the file has them.
struct ConfigChanges {
  std::vector<std::string> taken;    // can be taken over without a restart
  std::vector<std::string> waiting;  // need a restart
};

ConfigChanges changes_between(const Config& before, const Config& after);

// Copies what can be taken over without a restart.
void take_changeable(Config& config, const Config& from);

// Whether the same source texts give the same targets.
bool builds_alike(const Config& a, const Config& b);

}  // namespace rollcall::cli
