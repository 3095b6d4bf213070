// Types for paged reads of the history: newest first, one page at a time.
//
// Ownership: own everything.
// Units:     wall time; rows.
// Cost:      a page contains at most kPageRowsMax rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"

namespace rollcall::history {

inline constexpr std::uint32_t kPageRowsMax = 1000;

// The half-open range [from, to).
struct TimeRange {
  WallTime from = WallTime::min();
  WallTime to = WallTime::max();
};

// The end of a page; the next page begins after it. Opaque to callers.
struct Cursor {
  std::int64_t at = INT64_MAX;
  std::int64_t id = INT64_MAX;
};

struct PageRequest {
  TimeRange range;
  Cursor after;
  std::uint32_t rows = 100;  // at most kPageRowsMax
};

template <typename Value>
struct Page {
  std::vector<Value> rows;
  std::optional<Cursor> next;  // nullopt: this was the last page
};

}  // namespace rollcall::history
