// Hashes bytes, to compare or name them: equal bytes give equal hashes, others differ.
//
// Threading: pure.
// Units:     BLAKE2b-256 (RFC 7693) in hex.
// Cost:      about a nanosecond a byte.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::history {

std::string content_hash(std::string_view bytes);

}  // namespace rollcall::history
