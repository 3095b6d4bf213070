// `rollcall watch`: the fleet, continuously, until a signal ends it; see watch/service.h. Contract
// as command_sweep.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_watch_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
