// The HTTP/1.1 server: one thread for all connections, and a few for what may block.
//
//   accept ──> connection: read ──> Gate ──> Router ──> handler ──────────> write
//                                    │ a password        │ history, changes
//                                    └──> workers        └──> workers
//   ViewBoard ──picture──> what changed, as text, once ──> every listener's queue
//
// Slow connections cost nobody anything: each step has a deadline, and where there are too many
// connections the one that has kept us waiting longest goes for the one that comes. What is kept
// for clients who do not read has bounds, each client's and everybody's, beyond which the slowest
// go first.
//
// Threading: start() and the destructor on one thread; everything else on its own.
// Ownership: owns router and files; gate, board, clock and log outlive it.
// Units:     bytes.
// Errors:    start() tells why it cannot listen. Requests get problem documents.
// Cost:      see ServerLimits.
#pragma once

#include <sys/resource.h>

#include <memory>

#include "cli/watch/log.h"
#include "cli/web/gate.h"
#include "cli/web/router.h"
#include "cli/web/view_board.h"
#include "cli/web/web_files.h"
#include "engine/base/address.h"

namespace rollcall::web {

struct ServerLimits {
  static constexpr std::size_t kHeadBytes = std::size_t{16} << 10;
  static constexpr std::size_t kBodyBytes = std::size_t{64} << 10;
  std::size_t connections = 512;
  std::size_t listeners = 256;                       // of them, on the event stream
  std::size_t queued_bytes = std::size_t{4} << 20;   // for one listener, who then goes
  // For all of them, each as if it did not share its texts with the others.
  std::size_t all_queued_bytes = std::size_t{64} << 20;
  // Of answers under way; one that comes in pieces counts one of them.
  std::size_t unread_bytes = std::size_t{128} << 20;
  Duration request = std::chrono::seconds(10);       // TLS, then head and body, all of it
  Duration next_request = std::chrono::seconds(30);  // with the pause before it
  Duration piece = std::chrono::seconds(30);         // of an answer, until the network took it
  // All of an answer, which keeps alive the picture that it is made of: a page of 150 KB over any
  // line, the 15 MB of 100,000 targets as lines at 1 Mbit/s.
  Duration answer = std::chrono::minutes(2);
  Duration keep_alive = std::chrono::seconds(15);    // a comment to each listener
  Duration history = std::chrono::seconds(5);        // for one look into it, which then ends
};

// With as many connections as the limit on descriptors has room for: at most a quarter, and three
// quarters of what a sweep's connects leave, which raise the limit as far as they may; the history
// and the alerts need the rest. Half of them may listen.
ServerLimits within_descriptors(ServerLimits limits, const rlimit& descriptors);

struct ServerOptions {
  Address address;
  Port port;
  std::string history_folder;
  ServerLimits limits;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router, Gate& gate,
                                               WebFiles files, ViewBoard& board, const Clock& clock,
                                               const cli::Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace rollcall::web
