// `rollcall verify`: wait until every address of some groups answers, or say which do not.
//
// Contract as command_sweep.h. While it waits, sweeps are quick and unconfirmed; the one that ends
// an unsuccessful wait climbs the whole ladder of retries and connects, so that nothing is called
// missing on the word of a hasty sweep.
#pragma once

#include <CLI/CLI.hpp>

namespace rollcall::cli {

void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace rollcall::cli
