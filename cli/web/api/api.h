// Api serves the page, the HTTP API and the metrics of a watch, over HTTP or HTTPS. openapi.json
// documents every route. Start here.
//
// Threading: make() and the destructor on one thread; requests on the server's threads.
// Ownership: the service, the clock and the log outlive it.
// Errors:    make() says why it cannot listen, or must not.
// Cost:      see server.h.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cli/config/config.h"
#include "cli/service/service.h"
#include "cli/web/http/server.h"

namespace rollcall::web {

class Api {
 public:
  // Requires: config.listen names an address.
  static Result<std::unique_ptr<Api>> make(const cli::HttpConfig& config,
                                           const cli::HistoryConfig& history, cli::Service& service,
                                           const Clock& clock, const cli::Log& log,
                                           const ServerLimits& limits = {});

 private:
  Api(alert::Secret token, WebConfig config, bool is_public, std::string proxy_host)
      : authenticator_(std::move(token), std::move(config), is_public, std::move(proxy_host)) {}

  Authenticator authenticator_;
  std::unique_ptr<Server> server_;
};

// ApiStarter creates the Api, and retries until it succeeds: the port may be taken, or an address
// or a certificate may not be there yet. Meanwhile the watch sweeps its fleet and reports why
// nothing is served.
//
// Threading: created and destroyed on one thread; retries on its own thread.
class ApiStarter {
 public:
  struct Options {
    ServerLimits limits;
    Duration pause = std::chrono::seconds(5);  // between two attempts
  };
  ApiStarter(cli::HttpConfig config, cli::HistoryConfig history, cli::Service& service,
             const Clock& clock, const cli::Log& log, Options options);

 private:
  bool try_once(ThreadProgress& progress);
  void keep_trying(ThreadProgress& progress, const std::stop_token& stop);

  cli::HttpConfig config_;
  cli::HistoryConfig history_;
  cli::Service& service_;
  const Clock& clock_;
  const cli::Log& log_;
  Options options_;
  std::string last_problem_;
  std::mutex mutex_;
  std::condition_variable_any tried_;
  bool has_tried_ = false;  // guarded
  std::unique_ptr<Api> api_;
  std::jthread thread_;  // last: the thread must end before what it creates
};

}  // namespace rollcall::web
