// A request as handlers see it, and what they answer. No socket, no header field that they need not
// know: the server has checked host, authority and limits before (server.h).
//
// Threading: plain values.
// Ownership: own everything; a request's view stays alive with it.
// Units:     bytes.
// Errors:    answers too: problem() is RFC 9457's document.
// Cost:      none.
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
  std::vector<std::string> captured;  // what the route's {...} stand for, decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in their order
  std::string accept;
  std::string if_none_match;
  std::string body;
  bool may_write = false;  // who asks may change things too
  SnapshotPtr view;        // the newest picture; never none
  WallTime wall{};         // when the request came
  TimePoint now{};

  // The first of that name.
  std::optional<std::string_view> find(std::string_view name) const;
};

inline constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

// Appends the next piece of a body, of some kPieceBytes, and says whether more follow. Called only
// when the one before has been taken by the network; keeps alive what it reads from (a SnapshotPtr).
using BodySource = std::function<bool(std::string& piece)>;

// An endless one: the server's event stream.
struct EventStream {};

using Body = std::variant<std::string, std::shared_ptr<const std::string>, BodySource, EventStream>;

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  Body body;
  std::string etag;  // with its quotes; "": none. The server makes a 304 of it where it matches.
  std::vector<std::pair<std::string, std::string>> headers;  // besides; names and values of ours
};

// What is no UTF-8 is written as U+FFFD.
std::string dump(const Json& json);
Response json_answer(const Json& body, unsigned status = 200);
Response problem(unsigned status, std::string detail);
// To another path of this server, for good.
Response moved_to(std::string path);
// "Not Found".
std::string_view reason_of(unsigned status);

// Is what the client has of it still fresh (RFC 9110, 13.1.2)? Ask before making a large answer.
bool has_etag(const Request& request, std::string_view etag);
// In the place of `answer`, of which only tag and header fields are needed: section 15.4.5 wants
// those that the whole one would carry.
Response not_modified(Response answer);

}  // namespace rollcall::web
