// Formats a time in UTC for people and documents (RFC 3339).
//
// Threading: pure.
// Units:     milliseconds, truncated.
// Errors:    correct for the years 1 to 9999 only.
// Cost:      one allocation.
#pragma once

#include <string>

#include "engine/base/clock.h"

namespace rollcall {

// "2026-01-05T08:00:00.123Z".
std::string utc_text(WallTime time);

}  // namespace rollcall
