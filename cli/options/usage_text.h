// What is said of a command line that cannot be understood.
//
// Threading: the main thread.  Ownership: borrows both for the call.  Units: none.
// Errors:    none.  Cost: for failures only.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace rollcall::cli {

// Two lines: the error, and where the help of the command is that was reached.
std::string usage_text(const CLI::App& app, const CLI::ParseError& error);

}  // namespace rollcall::cli
