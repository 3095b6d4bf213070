// The watch's surface for people and programs: the page, the API, metrics; over HTTP or HTTPS.
// docs of every route: openapi.json. Start here.
//
// Threading: make() and the destructor on one thread; requests on threads of its own.
// Ownership: the service, the clock and the log outlive it.
// Units:     none.
// Errors:    make() tells why it cannot listen, or must not.
// Cost:      see server.h.
#pragma once

#include <memory>

#include "cli/config/config.h"
#include "cli/watch/service.h"
#include "cli/web/server.h"

namespace rollcall::web {

class Api {
 public:
  // Requires: config.listen names an address.
  static Result<std::unique_ptr<Api>> make(const cli::HttpConfig& config,
                                           const cli::HistoryConfig& history, cli::Service& service,
                                           const Clock& clock, const cli::Log& log,
                                           const ServerLimits& limits = {});

 private:
  Api(alert::Secret token, WebConfig config, bool is_in_the_open, std::string proxy_host)
      : gate_(std::move(token), std::move(config), is_in_the_open, std::move(proxy_host)) {}

  Gate gate_;
  std::unique_ptr<Server> server_;
};

}  // namespace rollcall::web
