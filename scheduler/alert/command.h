// A program of the operator's: it gets an alert's payload (alert.h) on its standard input.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Units:     none.
// Errors:    as Receiver; any end but exit status 0 within the limit is tried again.
// Cost:      one process, at most `limit`.
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
