// What clients may take of the server: connections, memory, time.
//
// Threading: plain values.
// Ownership: none.
// Units:     bytes.
// Errors:    none.
// Cost:      none.
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
  std::size_t queued_bytes = std::size_t{4} << 20;  // for one listener, who then goes
  // For all of them, each as if it did not share its texts with the others. What waits behind a
  // text that is being written counts: not the burst itself, of which everybody gets a copy.
  std::size_t all_queued_bytes = std::size_t{64} << 20;
  // Of answers under way; one that comes in pieces counts one of them.
  std::size_t unread_bytes = std::size_t{128} << 20;
  Duration request = std::chrono::seconds(10);       // TLS, then head and body, all of it
  Duration next_request = std::chrono::seconds(30);  // with the pause before it
  Duration piece = std::chrono::seconds(30);         // of an answer, until the network took it
  // All of an answer, which keeps alive the picture that it is made of: a page of 150 KB over any
  // line, the 15 MB of 100,000 targets as lines at 1 Mbit/s.
  Duration answer = std::chrono::minutes(2);
  Duration keep_alive = std::chrono::seconds(15);  // a comment to each listener
  Duration history = std::chrono::seconds(5);      // for one look into it, which then ends
};

// With as many connections as the limit on descriptors has room for: at most a quarter, and three
// quarters of what a sweep's connects leave, which raise the limit as far as they may; the history
// and the alerts need the rest. Half of them may listen.
ServerLimits within_descriptors(ServerLimits limits, const rlimit& descriptors);

}  // namespace rollcall::web
