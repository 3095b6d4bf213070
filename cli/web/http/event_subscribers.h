// Those who listen to /api/v1/events. All are told the same texts; who does not read is let go.
//
// Threading: the server's thread.
// Ownership: shares the connections until they end; borrows the limits.
// Units:     bytes.
// Errors:    none; a connection that fails leaves by remove().
// Cost:      a text is kept once, however many wait for it.
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

  // Who begins is told `hello`, and from then on what tell() is given.
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
