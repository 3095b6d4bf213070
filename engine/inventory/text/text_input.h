// Reads a byte source through one bounded buffer, and splits it into lines.
//
// Threading: not thread-safe.
// Ownership: borrows the source; views are valid until the next call of a non-const member.
// Units:     bytes; lines from 1.
// Errors:    a source that fails, or a line that is too long or not plain text, with its place.
// Cost:      a buffer of twice kLineBytesMax, for any input size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {

class TextInput {
 public:
  TextInput(std::string name, ByteSource& source);

  const std::string& name() const { return name_; }

  // Reads until the buffer is full or the source ends. True when window() grew.
  Result<bool> fill();
  // The bytes that are buffered and not consumed.
  std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Requires: count <= window().size().
  void consume(std::size_t count) { begin_ += count; }

 private:
  std::string name_;
  ByteSource& source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class LineReader {
 public:
  explicit LineReader(TextInput& input) : input_(input) {}

  // The next line that is neither blank nor a comment (first visible character '#'), without its
  // end (LF or CRLF) but with its blanks; nullopt at the end of the input.
  Result<std::optional<std::string_view>> next();

  // The number of the line that next() returned last.
  std::uint32_t line() const { return line_; }
  // An error at byte `offset` of that line.
  std::unexpected<Error> fail_at(std::size_t offset, std::string_view what) const;

 private:
  Result<std::optional<std::string_view>> next_raw();

  TextInput& input_;
  std::uint32_t line_ = 0;
};

}  // namespace rollcall::inventory
