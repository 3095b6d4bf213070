// One line of a terminal, standard error, that is written again and again.
//
// Threading: any.
// Ownership: none.
// Units:     characters, each taken for one column.
// Errors:    none.
// Cost:      one ioctl(2), so that a window which changed its width is known, and one write.
#pragma once

#include <cstddef>
#include <string_view>

namespace rollcall::cli {

// What such a line may fill: a line as wide as the window, or wider, goes on in the next row, and
// only the last row can be written again.
std::size_t line_columns();

// In place of what is there, cut to line_columns().
void rewrite_line(std::string_view text);

}  // namespace rollcall::cli
