// Makes strings from inventories safe to show: a name must not be able to move the cursor, recolour
// the screen, reverse the reading order or end the line.
//
// Threading: pure functions.
// Units:     bytes of UTF-8.
// Errors:    none: text that is not valid UTF-8 is shown byte by byte.
// Cost:      one pass; for output only.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// Control characters (C0, DEL, C1), invisible and direction-changing code points and bytes that are
// not UTF-8 become \xNN, byte by byte; everything else is kept.
std::string printable(std::string_view text);

// One field of a CSV record (RFC 4180 section 2), printable, and never a formula to a spreadsheet:
// text that begins with = + - or @ gets a leading apostrophe.
std::string csv_field(std::string_view text);

}  // namespace rollcall
