// Which handler answers a request, and on which thread it runs.
//
//   router.get("/api/v1/groups/{group}", handler)   {group} stands for one segment of the path
//   router.get("/metrics", handler, {"*"})          with the fields of the query that it knows: a
//                                                   slip of the pen must not look like an answer
//
// Threading: filled before the server starts; const from then on, and handlers run at once on
//            several threads.
// Ownership: owns the handlers.
// Units:     none.
// Errors:    find() tells a path that there is not from a method that it does not have.
// Cost:      find() walks some 30 patterns.
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

// Where a handler runs, so that nobody waits for what takes longer by its nature.
enum class HandlerThread : std::uint8_t {
  kAtOnce,   // on the server's one thread: from request.view, within milliseconds
  kHistory,  // on a thread with a reader of its own
  kChange,   // may wait for the service's thread
  kSlow,     // may wait for others: receivers of alerts, sources of inventory
};

struct Route {
  Method method;
  std::string pattern;
  std::variant<Handler, HistoryHandler> handler;
  HandlerThread thread = HandlerThread::kAtOnce;
  // What a query may name; one that ends in * stands for all that begin so.
  std::vector<std::string> fields;
};

class Router {
 public:
  using Fields = std::vector<std::string>;

  void get(std::string pattern, Handler handler, Fields fields = {});
  void get_history(std::string pattern, HistoryHandler handler, Fields fields = {});
  // What changes something: only for who may.
  void post(std::string pattern, Handler handler);
  void post_slow(std::string pattern, Handler handler, Fields fields = {});
  void remove(std::string pattern, Handler handler);  // DELETE

  struct Found {
    const Route* route = nullptr;       // none: see allowed
    std::vector<std::string> captured;  // decoded
    std::string allowed;                // methods that the path has, "GET, POST"; "": no such path
  };
  Found find(Method method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// The problem that names a field of the query which the route does not know. None: it knows all.
std::optional<Response> refusal_of_fields(const Route& route, const Request& request);

// "%2F" -> "/". None: half an escape, or a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

// "a=1&b=%20" -> pairs. None: as above, or more than kQueryFieldsMax of them.
inline constexpr std::size_t kQueryFieldsMax = 64;
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);

}  // namespace rollcall::web
