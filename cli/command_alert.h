// `rollcall alert`: whether the alerts of a running watch arrive. Contract as command_sweep.h and
// api_client.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_alert_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
