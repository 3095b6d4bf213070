// Compares two configurations: what a running watch can adopt, and what needs a restart.
//
// Threading: pure functions.
// Ownership: return new values.
// Cost:      set-up only.
#pragma once

#include <string>
#include <vector>

#include "cli/config/config.h"

namespace rollcall::cli {

// Names of tables and keys, as in the file.
struct ConfigChanges {
  std::vector<std::string> taken;    // can be adopted without a restart
  std::vector<std::string> waiting;  // need a restart
};

ConfigChanges changes_between(const Config& before, const Config& after);

// Copies what can be adopted without a restart.
void take_changeable(Config& config, const Config& from);

// True when the same source texts give the same targets under both.
bool builds_alike(const Config& a, const Config& b);

}  // namespace rollcall::cli
