// Counts, lists of ranges, and texts cut to a length.
//
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/address.h"

namespace rollcall {

inline constexpr std::size_t kRangesShownMax = 8;

// "1 address", "2 addresses".
std::string counted(std::uint64_t count, std::string_view noun);

// "10.0.0.1-10.0.0.9, 10.0.0.12 and 3 more ranges".
std::string ranges_text(std::span<const AddressRange> ranges,
                        std::size_t ranges_max = kRangesShownMax);

// At most `bytes_max` bytes of `text`. Cuts no UTF-8 sequence in two (RFC 3629 section 3).
std::string clipped(std::string_view text, std::size_t bytes_max);

}  // namespace rollcall
