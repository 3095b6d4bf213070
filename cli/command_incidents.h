// `rollcall incidents`: what a running watch found wrong. Contract as command_sweep.h and
// api_client.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_incidents_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
