#include "cli/web/exchange.h"

#include <algorithm>

namespace rollcall::web {

std::optional<std::string_view> Request::find(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Response json_answer(const Json& body, unsigned status) {
  return {.status = status, .content_type = "application/json", .body = dump(body)};
}

Response problem(unsigned status, std::string detail) {
  return {.status = status,
          .content_type = "application/problem+json",
          .body = dump({{"type", "about:blank"},
                        {"title", reason_of(status)},
                        {"status", status},
                        {"detail", std::move(detail)}})};
}

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

// RFC 9110, 13.1.2: a list of tags, weak comparison; "*" is any.
bool has_etag(const Request& request, std::string_view etag) {
  std::string_view rest = request.if_none_match;
  if (rest == "*") return true;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view tag = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (tag.starts_with(' ')) tag.remove_prefix(1);
    while (tag.ends_with(' ')) tag.remove_suffix(1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

Response not_modified(std::string etag) {
  return {.status = 304, .content_type = "", .body = std::string(), .etag = std::move(etag)};
}

}  // namespace rollcall::web
