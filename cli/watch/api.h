// The HTTP API of a running watch.
//
//   GET  /api/v1/status /api/v1/incidents[?since_s=N] /api/v1/silences   /-/healthy  /-/ready
//   POST /api/v1/silences /api/v1/notes /api/v1/verifications /api/v1/alerts/test
//        /-/reload[?allow_shrink=1]
//   DELETE /api/v1/silences/ID
//
// Who changes something shows the bearer token; so does who reads from another host. A request by
// a name that is neither an address nor "localhost" is refused: a web page must not be able to
// point its own name at us.
//
// Threading: make() and the destructor on one thread; requests on kThreads of its own.
// Ownership: the service outlives it, and serves its calls().
// Units:     bytes.
// Errors:    make() tells why it cannot listen. Requests get {"error": "..."} and a status.
// Cost:      bodies of at most kBodyBytesMax, three seconds for each piece of a request.
#pragma once

#include <memory>

#include "cli/config/config.h"
#include "cli/watch/service.h"

namespace rollcall::cli {

class Api {
 public:
  static constexpr std::size_t kBodyBytesMax = std::size_t{64} << 10;
  static constexpr std::size_t kThreads = 8;

  // Requires: config.listen names an address.
  static Result<std::unique_ptr<Api>> make(const HttpConfig& config, const HistoryConfig& history,
                                           Service& service, const Clock& clock);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

 private:
  struct Server;
  explicit Api(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace rollcall::cli
