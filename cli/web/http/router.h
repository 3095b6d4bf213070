// Router finds the handler of a request, and the kind of thread on which it runs.
//
//   router.get("/api/v1/groups/{group}", handler)   {group} matches one segment of the path
//   router.get("/metrics", handler, {"*"})          lists the query fields that the route knows: a
//                                                   misspelt field is refused, not ignored
//
// Threading: filled before the server starts; const from then on. Handlers run concurrently on
//            several threads.
// Ownership: owns the handlers.
// Errors:    find() distinguishes an unknown path from an unknown method.
// Cost:      find() tries about 30 patterns.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/web/http/exchange.h"
#include "scheduler/history/reader.h"

namespace rollcall::web {

using Handler = std::function<Response(const Request&)>;
using HistoryHandler = std::function<Response(const Request&, history::Reader&)>;

// The thread of a handler. Slow kinds of work have their own threads, so that other requests need
// not wait for them.
enum class HandlerThread : std::uint8_t {
  kAtOnce,   // on the server's one thread: from request.view, within milliseconds
  kHistory,  // on a thread with a reader of its own
  kChange,   // may wait for the service's thread
  kSlow,     // may wait for receivers of alerts or sources of inventory
};

struct Route {
  Method method;
  std::string pattern;
  std::variant<Handler, HistoryHandler> handler;
  HandlerThread thread = HandlerThread::kAtOnce;
  // The allowed query fields; a name that ends in * allows all that begin so.
  std::vector<std::string> fields;
};

class Router {
 public:
  using Fields = std::vector<std::string>;

  void get(std::string pattern, Handler handler, Fields fields = {});
  void get_history(std::string pattern, HistoryHandler handler, Fields fields = {});
  // Routes that change something: they need write permission.
  void post(std::string pattern, Handler handler);
  void post_slow(std::string pattern, Handler handler, Fields fields = {});
  void remove(std::string pattern, Handler handler);  // DELETE

  struct Found {
    const Route* route = nullptr;       // nullptr: see allowed
    std::vector<std::string> captured;  // decoded
    std::string allowed;                // methods of the path, "GET, POST"; "": unknown path
  };
  Found find(Method method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// The problem that names a query field which the route does not know. nullopt: it knows all.
std::optional<Response> refusal_of_fields(const Route& route, const Request& request);

// "%2F" -> "/". nullopt: an incomplete escape, or a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

// "a=1&b=%20" -> pairs. nullopt: as above, or more than kQueryFieldsMax fields.
inline constexpr std::size_t kQueryFieldsMax = 64;
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);

}  // namespace rollcall::web
