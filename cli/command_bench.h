// `rollcall bench`: what this host and path can do, in figures.
//
// Threading: the main thread.
// Ownership: add_bench_command() hands its options to the app, which outlives parsing.
// Units:     seconds and probes per second at the edge.
// Errors:    on standard error, one line; the exit code is in `exit_code`.
// Cost:      see bench_runs.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_bench_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
