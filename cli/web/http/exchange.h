// Declares Request and Response as handlers use them, without sockets or raw header fields. The
// server has checked host, credentials and limits before (server.h).
//
// Threading: plain values.
// Ownership: own everything; a request keeps its snapshot alive.
// Units:     bytes.
// Errors:    are responses too: problem() is the document of RFC 9457.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/service/snapshot/snapshot_publisher.h"
#include "engine/base/clock.h"

namespace rollcall::web {

using Json = nlohmann::ordered_json;

enum class Method : std::uint8_t { kGet, kPost, kDelete };

struct Request {
  Method method = Method::kGet;
  std::string path;                   // as sent: percent-encoded, without the query
  std::vector<std::string> captured;  // values of the route's {...}, decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in their order
  std::string accept;
  std::string if_none_match;
  std::string body;
  bool may_write = false;  // the client may also change things
  SnapshotPtr view;        // the newest snapshot; never null
  WallTime wall{};         // time of the request
  TimePoint now{};

  // The first query field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
};

inline constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

// Appends the next piece of a body, about kPieceBytes, and returns whether more follow. The
// connection calls it only after it has sent the piece before. Keeps alive what it reads from (a
// SnapshotPtr).
using BodySource = std::function<bool(std::string& piece)>;

// A body without an end: the server's event stream.
struct EventStream {};

using Body = std::variant<std::string, std::shared_ptr<const std::string>, BodySource, EventStream>;

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  Body body;
  std::string etag;  // with quotes; "": none. If it matches, the server sends a 304
  // Further header fields; their names and values are trusted.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Writes bytes that are not UTF-8 as U+FFFD.
std::string dump(const Json& json);
Response json_answer(const Json& body, unsigned status = 200);
Response problem(unsigned status, std::string detail);
// A permanent redirect to another path of this server.
Response moved_to(std::string path);
// "Not Found".
std::string_view reason_of(unsigned status);

// True when the client's copy is still fresh (RFC 9110, 13.1.2). Call it before making a large
// answer.
bool has_etag(const Request& request, std::string_view etag);
// The 304 that replaces `answer`. It keeps only the tag and the header fields that the full answer
// would carry (RFC 9110, 15.4.5).
Response not_modified(Response answer);

}  // namespace rollcall::web
