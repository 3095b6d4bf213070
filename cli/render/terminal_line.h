// Rewrites one line of a terminal on standard error.
//
// Threading: any thread.
// Units:     characters, each counted as one column.
// Cost:      one ioctl(2), because the window may have changed its width, and one write.
#pragma once

#include <cstddef>
#include <string_view>

namespace rollcall::cli {

// The columns that such a line may use: one less than the window has. A wider line continues in the
// next row, and only the last row can be rewritten.
std::size_t line_columns();

// Replaces the line by `text`, cut to line_columns().
void rewrite_line(std::string_view text);

}  // namespace rollcall::cli
