// Lists of names as a person would write them: servers are numbered, so forty become "web01-web40".
//
// Threading: a pure function.
// Ownership: returns a new string.
// Units:     names, as bytes of UTF-8.
// Errors:    none: a name that has no number, or one too long to count with, stands alone.
// Cost:      one pass over the names.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::cli {

// Joins neighbours that differ by one in one number: "web01-web40, db1 and 3 more". A name that
// holds a "-" itself is joined by " to ": "rack7-web01 to rack7-web40". All printable; at most
// `items_max` items are listed, and what is left is counted in names.
std::string name_ranges(std::span<const std::string_view> names, std::size_t items_max);

}  // namespace rollcall::cli
