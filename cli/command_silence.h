// `rollcall silence`: maintenance windows of a running watch. Contract as command_sweep.h and
// api_client.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_silence_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
