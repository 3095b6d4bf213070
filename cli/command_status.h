// `rollcall status`: what a running watch holds to be true. Contract as command_sweep.h and
// api_client.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_status_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
