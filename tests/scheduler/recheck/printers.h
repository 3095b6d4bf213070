// How a failing test shows an outcome.
#pragma once

#include <ostream>

#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::recheck {

inline void PrintTo(ConnectOutcome outcome, std::ostream* out) {
  static constexpr const char* kNames[] = {"connected", "refused",     "rejected", "unreachable",
                                           "timeout",   "local error", "led here"};
  *out << kNames[static_cast<int>(outcome)];
}

}  // namespace rollcall::recheck
