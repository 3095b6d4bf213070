// A time of day for people and documents, in UTC (RFC 3339).
//
// Threading: pure.  Ownership: returns a new string.  Units: milliseconds, cut.
// Errors:    none for the years 1 to 9999.  Cost: one allocation.
#pragma once

#include <string>

#include "engine/base/clock.h"

namespace rollcall {

// "2026-01-05T08:00:00.123Z".
std::string utc_text(WallTime time);

}  // namespace rollcall
