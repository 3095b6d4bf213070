// Server is the HTTP/1.1 server: one thread for all connections, and a few threads for work that
// may block.
//
//   accept ──> connection: read ──> Authenticator ──> Router ──> handler ──────────> write
//                                     │ a password      │ history, changes
//                                     └──> WorkerPool   └──> WorkerPool
//   SnapshotPublisher ──snapshot──> changes as text, once ──> queue of every event subscriber
//
// Slow connections do not delay others: each step has a deadline. When there are too many
// connections, a new one replaces the one that has been waiting longest. Data kept for clients that
// do not read is limited, per client and in total. Beyond the limit the slowest clients are dropped
// first.
//
// Threading: start() and the destructor on one thread; everything else on its own thread.
// Ownership: owns router and files; authenticator, publisher, registry, clock and log outlive it.
// Units:     bytes.
// Errors:    start() says why it cannot listen. Requests get problem documents.
// Cost:      see server_limits.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/service/process/log.h"
#include "cli/service/snapshot/snapshot_publisher.h"
#include "cli/service/snapshot/web_status.h"
#include "cli/web/http/authenticator.h"
#include "cli/web/http/router.h"
#include "cli/web/http/server_limits.h"
#include "cli/web/http/web_files.h"
#include "engine/base/address.h"
#include "engine/base/thread_progress.h"

namespace rollcall::web {

// The texts of the event stream. The server sends them, and does not look into them.
struct EventTexts {
  // For a new subscriber.
  std::function<std::string(const FleetSnapshot& newest, TimePoint now)> hello;
  // For all subscribers, when a snapshot follows another.
  std::function<std::string(const FleetSnapshot& before, const FleetSnapshot& after, TimePoint now)>
      change;
};

struct ServerOptions {
  Address address;
  Port port;
  std::string history_folder;
  std::string external_path;  // path prefix at the proxy, "/rollcall"; "": the root
  ServerLimits limits;
  EventTexts events;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router,
                                               Authenticator& authenticator, WebFiles files,
                                               SnapshotPublisher& publisher, WebStatus& status,
                                               ThreadRegistry& threads, const Clock& clock,
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
