// How a reader asks for a piece of the past, and gets it: newest first, a page at a time.
//
// Threading: plain values.
// Ownership: own everything.
// Units:     wall time; rows.
// Errors:    none.
// Cost:      a page holds at most kPageRowsMax rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"

namespace rollcall::history {

inline constexpr std::uint32_t kPageRowsMax = 1000;

// From `from`, to before `to`.
struct TimeRange {
  WallTime from = WallTime::min();
  WallTime to = WallTime::max();
};

// Where a page ended; the next one begins after it. Opaque to callers.
struct Cursor {
  std::int64_t at = INT64_MAX;
  std::int64_t id = INT64_MAX;
};

struct PageRequest {
  TimeRange range;
  Cursor after;
  std::uint32_t rows = 100;  // cut at kPageRowsMax
};

template <typename Value>
struct Page {
  std::vector<Value> rows;
  std::optional<Cursor> next;  // none: this was the last page
};

}  // namespace rollcall::history
