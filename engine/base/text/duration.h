// Parses and formats durations as people write them.
//
// Threading: pure functions.
// Units:     nanoseconds inside; s, m, h, d outside.
// Errors:    kUsage, with the fix.
#pragma once

#include <string>

#include "engine/base/clock.h"
#include "engine/base/error.h"

namespace rollcall {

// "90s", "5m", "1h", "90d", "1h30m" or "0"; at most `longest`.
Result<Duration> parse_duration(const std::string& text,
                                Duration longest = std::chrono::hours(24 * 7));

// In whole units, in the form that parse_duration() reads: "7d", "36h", "90s".
std::string duration_word(Duration duration);

// "4.2 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(Duration duration);

}  // namespace rollcall
