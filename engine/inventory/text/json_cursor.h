// Feeds the bytes of a JSON document to the parser as iterators, and tracks line and column.
//
// Threading: not thread-safe.
// Ownership: borrows the input.
// Units:     lines and columns from 1, in bytes.
// Errors:    a failed source, or a document or string that is too long, ends the stream early.
//            error() then says why; it takes precedence over the parser's error of the early end.
// Cost:      a few instructions a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "engine/base/error.h"
#include "engine/inventory/load.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {

class JsonCursor {
 public:
  struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 0;
  };

  explicit JsonCursor(TextInput& input, std::uint64_t bytes_max = kJsonBytesMax);

  bool at_end() const { return window_.empty(); }
  char current() const { return window_.front(); }
  void advance();

  // The position of the last byte passed.
  Position position() const { return here_; }
  // The position of the opening quote of the last string begun.
  Position string_start() const { return string_start_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  void follow(char passed);
  void refill();
  void stop(std::string_view what);

  TextInput& input_;
  std::uint64_t bytes_max_;
  std::string_view window_;  // not passed yet
  std::size_t window_size_ = 0;
  Position here_;
  Position string_start_;
  std::uint64_t bytes_ = 0;
  std::size_t string_bytes_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool after_newline_ = false;
  std::optional<Error> error_;
};

// Two of these form the range that nlohmann's parser reads.
class JsonIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  JsonIterator() = default;
  explicit JsonIterator(JsonCursor& cursor) : cursor_(&cursor) {}

  char operator*() const { return cursor_->current(); }
  JsonIterator& operator++() {
    cursor_->advance();
    return *this;
  }
  void operator++(int) { cursor_->advance(); }
  // Only the comparison with the end has a meaning.
  bool operator==(const JsonIterator& other) const { return at_end() == other.at_end(); }

 private:
  bool at_end() const { return cursor_ == nullptr || cursor_->at_end(); }

  JsonCursor* cursor_ = nullptr;
};

}  // namespace rollcall::inventory
