// Runs a program with some input, within limits.
//
// The program gets a small fixed environment (no secrets of ours), no capabilities but what its own
// file gives it unless we are root, default signals, and a process group of its own. When it ends,
// or its time is over, or we stop, that whole group is killed: nothing of it stays behind.
//
// Threading: any thread. Drops the calling thread's ambient capabilities.
// Ownership: borrows everything for the call; leaves no process, no descriptor.
// Units:     bytes; wall-clock independent time.
// Errors:    in the result.
// Cost:      blocks until the program has ended, at most `limit`; looks at `stop` ten times a
// second.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace rollcall::alert {

inline constexpr std::size_t kOutputBytesMax = 1000;  // kept; the rest is read and forgotten

struct CommandResult {
  bool succeeded = false;  // it ended by itself, with status 0
  std::string trouble;     // else: what happened
  std::string output;      // the beginning of stdout and stderr
};

// No shell: argv[0] is a path, the others reach the program as they are. Requires: argv[0] is
// there.
CommandResult run_command(const std::vector<std::string>& argv, const std::string& input,
                          std::chrono::milliseconds limit, const std::stop_token& stop);

}  // namespace rollcall::alert
