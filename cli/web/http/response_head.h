// The head of a response, and a body's pieces on the wire.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     bytes.
// Errors:    none. Header values are ours, never a client's or an inventory's.
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
  std::optional<std::uint64_t> length;  // none: chunked, or until the connection ends
};

// With what keeps a browser from doing more with our answers than showing them.
std::string head_of(const Response& response, const Framing& framing);

// RFC 9112, 7.1. Requires: the piece is not empty.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace rollcall::web
