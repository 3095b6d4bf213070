// `rollcall sweep`: ask the whole fleet once and say who does not answer.
//
// Threading: the main thread.
// Ownership: add_sweep_command() hands its options to the app, which outlives parsing.
// Units:     probes per second at the edge.
// Errors:    on standard error, one line; the exit code is in `exit_code`.
// Cost:      the sweep itself.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_sweep_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
