#include "cli/web/http/response_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace rollcall::web {
namespace {

constexpr std::string_view kSafety =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

}  // namespace

std::string head_of(const Response& response, const Framing& framing) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  auto to = std::back_inserter(head);
  if (!response.content_type.empty()) {
    fmt::format_to(to, "Content-Type: {}\r\n", response.content_type);
  }
  if (framing.length) fmt::format_to(to, "Content-Length: {}\r\n", *framing.length);
  if (framing.is_chunked) head += "Transfer-Encoding: chunked\r\n";
  if (!response.etag.empty()) fmt::format_to(to, "ETag: {}\r\n", response.etag);
  const bool has_cache_control = std::ranges::any_of(
      response.headers, [](const auto& h) { return h.first == "Cache-Control"; });
  if (!has_cache_control) {
    // With a tag, the browser may keep a copy but must revalidate it each time.
    head += response.etag.empty() ? "Cache-Control: no-store\r\n" : "Cache-Control: no-cache\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(to, "{}: {}\r\n", name, value);
  }
  head += kSafety;
  head += framing.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

std::string chunk_head(std::size_t bytes) {
  return fmt::format("{:x}\r\n", bytes);
}

}  // namespace rollcall::web
