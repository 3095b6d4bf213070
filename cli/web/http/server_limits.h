// ServerLimits bounds what clients may use of the server: connections, memory, time.
//
// Units:     bytes.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>

#include "engine/base/clock.h"

namespace rollcall::web {

struct ServerLimits {
  static constexpr std::size_t kHeadBytes = std::size_t{16} << 10;
  static constexpr std::size_t kBodyBytes = std::size_t{64} << 10;
  std::size_t connections = 512;
  std::size_t subscribers = 256;                    // of them, on the event stream
  std::size_t queued_bytes = std::size_t{4} << 20;  // per subscriber, which is dropped beyond it
  // Sum over all subscribers, although they share their texts. Counts only texts behind the one
  // being written, because every subscriber receives that one.
  std::size_t all_queued_bytes = std::size_t{64} << 20;
  // For all answers under way together; an answer in pieces counts one piece.
  std::size_t unread_bytes = std::size_t{128} << 20;
  Duration request = std::chrono::seconds(10);       // TLS, then head and body together
  Duration next_request = std::chrono::seconds(30);  // including the pause before it
  Duration piece = std::chrono::seconds(30);         // of an answer, until the kernel accepted it
  // For a whole answer, which keeps its snapshot alive. Enough for a page of 150 KB on any line,
  // and for the 15 MB of 100,000 targets as lines at 1 Mbit/s.
  Duration answer = std::chrono::minutes(2);
  Duration keep_alive = std::chrono::seconds(15);  // between comments to each subscriber
  Duration history = std::chrono::seconds(5);      // for one query, which is then ended
};

// Limits connections by the descriptor limit: at most a quarter of the soft limit, because the
// history and the alerts need the rest. They also use at most three quarters of what a sweep's
// connects leave of the hard limit. The sweep raises the soft limit as far as it may. Half of the
// connections may subscribe to events.
ServerLimits within_descriptors(ServerLimits limits, const rlimit& descriptors);

}  // namespace rollcall::web
