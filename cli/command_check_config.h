// `rollcall check-config`: is the configuration of a watch in order?
//
// Threading: the main thread.
// Ownership: the app keeps what it needs.
// Units:     none.
// Errors:    exit code 3; a line with file, line and column for everything that is wrong.
// Cost:      set-up only.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_check_config_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
