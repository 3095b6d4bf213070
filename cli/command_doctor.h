// `rollcall doctor`: can this host scan? One line a check, and how to mend what fails.
//
// Threading: the main thread.
// Ownership: add_doctor_command() hands its options to the app, which outlives parsing.
// Units:     probes per second at the edge.
// Errors:    on standard error, one line; the exit code is in `exit_code`.
// Cost:      see doctor/examine.h.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
