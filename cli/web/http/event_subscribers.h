// EventSubscribers sends the same event texts to all clients of /api/v1/events, and drops clients
// that do not read.
//
// Threading: the server's thread.
// Ownership: shares the connections until they end; borrows the limits.
// Units:     bytes.
// Errors:    a connection that fails leaves by remove().
// Cost:      each text is stored once for all subscribers.
#pragma once

#include <set>
#include <string>

#include "cli/web/http/connection.h"

namespace rollcall::web {

class EventSubscribers {
 public:
  explicit EventSubscribers(const ServerLimits& limits) : limits_(limits) {}

  bool empty() const { return all_.empty(); }
  bool is_full() const { return all_.size() >= limits_.subscribers; }

  // A new subscriber receives `hello`, and from then on every text of tell().
  void add(const ConnectionPtr& connection, std::string hello);
  void remove(const Connection& connection);
  void clear() { all_.clear(); }

  void tell(std::string text);

 private:
  void bound_queues();

  const ServerLimits& limits_;
  std::set<ConnectionPtr> all_;
};

}  // namespace rollcall::web
