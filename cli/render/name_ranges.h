// Shortens lists of numbered names: forty servers become "web01-web40".
//
// Threading: a pure function.
// Units:     names, as bytes of UTF-8.
// Errors:    a name without a number, or with a number of more than 9 digits, is listed by itself.
// Cost:      one pass over the names.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::cli {

// Joins adjacent names that differ by one in one number: "web01-web40, db1 and 3 more". A name that
// contains a "-" is joined by " to ": "rack7-web01 to rack7-web40". The result is printable. It
// lists at most `items_max` items, and then counts the remaining names.
std::string name_ranges(std::span<const std::string_view> names, std::size_t items_max);

}  // namespace rollcall::cli
