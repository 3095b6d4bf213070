// `rollcall note`: what the staff knows of a group, told to a running watch. Contract as
// command_sweep.h and api_client.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_note_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
