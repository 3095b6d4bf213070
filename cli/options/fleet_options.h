// Adds the options that select the targets, and loads them. All commands that send share these.
//
// Without -i and targets, the inventory is the file that $ROLLCALL_INVENTORY names, else
// /etc/rollcall/fleet.csv. This keeps the lines of a runbook short. doctor and bench use only the
// targets that the command line names.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Errors:    kUsage and kInput, with the option's name.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "cli/options/result_options.h"
#include "engine/base/error.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct FleetOptions {
  bool takes_targets = true;  // for the error message when no target is named
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
// --canary, --canary-closed and --canary-unused, for commands that send.
void add_canary_options(CLI::App& command, FleetOptions& options);

// The ranges of --allow; without --allow every address is allowed.
Result<inventory::Scope> scope_of(const FleetOptions& options);

Result<inventory::Inventory> load_fleet(const FleetOptions& options, std::uint64_t seed);

// The files that load_fleet() reads. A result must not replace them.
std::vector<InputFile> fleet_inputs(const FleetOptions& options);

}  // namespace rollcall::cli
