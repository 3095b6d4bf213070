#include "cli/web/http/exchange.h"

#include <algorithm>

namespace rollcall::web {
namespace {

constexpr std::string_view kSpace = " \t";
constexpr std::string_view kBetweenTags = " \t,";

std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

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

Response moved_to(std::string path) {
  Response response{.status = 308, .content_type = ""};
  response.headers.emplace_back("Location", std::move(path));
  return response;
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
    case 308:
      return "Permanent Redirect";
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

// Compares a list of tags with the weak comparison; "*" matches any. A comma inside a tag belongs
// to the tag.
bool has_etag(const Request& request, std::string_view etag) {
  const std::string_view wanted = without_weakness(etag);
  std::string_view rest = request.if_none_match;
  rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
  rest = rest.substr(0, rest.find_last_not_of(kSpace) + 1);
  if (rest == "*") return true;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBetweenTags), rest.size()));
    rest = without_weakness(rest);
    if (!rest.starts_with('"')) return false;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (rest.substr(0, end + 1) == wanted) return true;
    rest.remove_prefix(end + 1);
  }
}

Response not_modified(Response answer) {
  answer.status = 304;
  answer.content_type.clear();
  answer.body = std::string();
  return answer;
}

}  // namespace rollcall::web
