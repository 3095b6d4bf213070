// `rollcall inventory import|check|show|diff`: the fleet file, from where operators keep its parts.
//
// Threading: the main thread.
// Ownership: the options belong to the app, which outlives parsing.
// Units:     addresses.
// Errors:    on standard error, one line; the exit code, 3, is in `exit_code`.
// Cost:      reading and writing the files.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_inventory_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
