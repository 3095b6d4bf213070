// Makes the error message for a command line that cannot be parsed.
//
// Threading: the main thread.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace rollcall::cli {

// Two lines: the error, and the --help call of the deepest subcommand that was parsed.
std::string usage_text(const CLI::App& app, const CLI::ParseError& error);

}  // namespace rollcall::cli
