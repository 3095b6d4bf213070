// The options that say whom to ask, shared by every command that sends.
//
// Without -i and targets, the inventory is the file that $ROLLCALL_INVENTORY names, else
// /etc/rollcall/fleet.csv: so that a runbook's line stays short. doctor and bench look at what is
// named alone.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Units:     none.
// Errors:    kUsage and kInput, with the option's name.
// Cost:      none beyond loading.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "cli/options/result_options.h"
#include "engine/base/error.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct FleetOptions {
  bool takes_targets = true;  // for what is said where nobody is named
  std::vector<std::string> files;
  std::vector<std::string> targets;
  std::string ports;
  std::vector<std::string> groups;
  inventory::Expect expect = inventory::Expect::kOpen;
  std::vector<std::string> exclude;
  std::vector<std::string> allow;
  std::string notes;
  std::vector<std::string> canaries;
  std::vector<std::string> canaries_closed;
  std::vector<std::string> canaries_unused;
};

// -i, -p, --expect, --exclude, --allow and --notes; the command itself adds targets or groups.
void add_fleet_options(CLI::App& command, FleetOptions& options);
// --canary and its kin, for commands that send.
void add_canary_options(CLI::App& command, FleetOptions& options);

// What --allow names; without it everything is allowed.
Result<inventory::Scope> scope_of(const FleetOptions& options);

Result<inventory::Inventory> load_fleet(const FleetOptions& options, std::uint64_t seed);

// The files that load_fleet() reads: no result may take their place.
std::vector<InputFile> fleet_inputs(const FleetOptions& options);

}  // namespace rollcall::cli
