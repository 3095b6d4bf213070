// Runs the operator's program for each alert: the program reads the payload (alert.h) from its
// standard input.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Errors:    as Receiver; any end other than exit status 0 within the limit is retried.
// Cost:      one process, for at most `limit`.
#pragma once

#include <memory>

#include "engine/base/error.h"
#include "scheduler/alert/receiver.h"

namespace rollcall::alert {

struct CommandSettings {
  std::string name;
  std::vector<std::string> argv;  // argv[0] is an absolute path
  std::chrono::milliseconds limit = std::chrono::seconds(10);
};

Result<std::unique_ptr<Receiver>> make_command(CommandSettings settings);

}  // namespace rollcall::alert
