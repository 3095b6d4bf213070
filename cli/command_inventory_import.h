// `rollcall inventory import`: merges one source into an inventory file, and shows what changes.
//
// Threading: the main thread.
// Ownership: the options belong to the app, which outlives parsing.
// Units:     addresses; a share of a group in percent.
// Errors:    on standard error, one line; the exit code, 3, is in `exit_code`. The file is then
//            untouched.
// Cost:      reading both files, and the merge.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_import_command(CLI::App& inventory, int& exit_code);

}  // namespace rollcall::cli
