// Runs a program with some input, within limits.
//
// The program gets a small fixed environment (no secrets of ours), default signals and its own
// process group. It gets no capabilities except those of its own file, unless we are root. When it
// ends, its time is over or `stop` is requested, its whole group is killed: no process of the group
// remains.
//
// Threading: any thread. Drops the calling thread's ambient capabilities.
// Ownership: borrows everything for the call; leaves no process and no descriptor.
// Units:     bytes; monotonic time.
// Errors:    in the result.
// Cost:      blocks until the program has ended, at most `limit`; checks `stop` ten times a second.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace rollcall::alert {

inline constexpr std::size_t kOutputBytesMax = 1000;  // kept; the rest is read and discarded

struct CommandResult {
  bool succeeded = false;  // it ended by itself, with status 0
  std::string trouble;     // otherwise: what happened
  std::string output;      // the beginning of stdout and stderr
};

// No shell: argv[0] is a path, and the program gets the other arguments unchanged.
// Requires: argv is not empty.
CommandResult run_command(const std::vector<std::string>& argv, const std::string& input,
                          std::chrono::milliseconds limit, const std::stop_token& stop);

}  // namespace rollcall::alert
