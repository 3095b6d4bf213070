// Formats the head of a response, and the chunks of its body.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     bytes.
// Errors:    header values are trusted: they never come from a client or an inventory.
// Cost:      one string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/web/http/exchange.h"

namespace rollcall::web {

struct Framing {
  bool keep_alive = true;
  bool is_chunked = false;
  std::optional<std::uint64_t> length;  // nullopt: chunked, or until the connection ends
};

// Adds the security headers that restrict what a browser may do with our answers.
std::string head_of(const Response& response, const Framing& framing);

// RFC 9112, 7.1. Requires: the piece is not empty.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace rollcall::web
