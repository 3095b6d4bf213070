#include "engine/inventory/text/json_cursor.h"

#include <fmt/format.h>

#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

JsonCursor::JsonCursor(TextInput& input, std::uint64_t bytes_max)
    : input_(input), bytes_max_(bytes_max) {
  refill();
}

void JsonCursor::advance() {
  const char passed = window_.front();
  window_.remove_prefix(1);
  follow(passed);
  if (++bytes_ > bytes_max_) {
    stop(fmt::format("the document is longer than {} bytes; split it", bytes_max_));
  } else if (string_bytes_ > kLineBytesMax) {
    stop(fmt::format("a string is longer than {} bytes; is this an inventory?", kLineBytesMax));
  } else if (window_.empty()) {
    refill();
  }
}

// Tracks strings only to know where each begins and how long it is.
void JsonCursor::follow(char passed) {
  if (after_newline_) here_ = {here_.line + 1, 0};
  ++here_.column;
  after_newline_ = passed == '\n';
  if (!in_string_) {
    if (passed != '"') return;
    in_string_ = true;
    string_start_ = here_;
    string_bytes_ = 0;
  } else if (escaped_) {
    escaped_ = false;
  } else if (passed == '"') {
    in_string_ = false;
  } else {
    escaped_ = passed == '\\';
  }
  ++string_bytes_;
}

void JsonCursor::refill() {
  input_.consume(window_size_);
  const auto grown = input_.fill();
  if (!grown) error_ = grown.error();
  window_ = grown ? input_.window() : std::string_view();
  window_size_ = window_.size();
}

void JsonCursor::stop(std::string_view what) {
  error_ = error_at(input_.name(), here_.line, here_.column, what);
  window_ = {};
}

}  // namespace rollcall::inventory
