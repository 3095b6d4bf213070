#include "engine/inventory/text/text_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/inventory/load.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

TextInput::TextInput(std::string name, ByteSource& source)
    : name_(std::move(name)), source_(source), buffer_(2 * kLineBytesMax) {}

Result<bool> TextInput::fill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  const std::size_t before = end_;
  while (end_ < buffer_.size()) {
    const auto count = source_.read(std::span(buffer_).subspan(end_));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    end_ += *count;
  }
  return end_ > before;
}

Result<std::optional<std::string_view>> LineReader::next() {
  for (;;) {
    auto line = next_raw();
    if (!line || !*line) return line;
    const std::string_view text = trimmed(**line);
    if (!text.empty() && text.front() != '#') return line;
  }
}

Result<std::optional<std::string_view>> LineReader::next_raw() {
  std::size_t end = input_.window().find('\n');
  if (end == std::string_view::npos) {
    const auto grown = input_.fill();
    if (!grown) return std::unexpected(grown.error());
    end = input_.window().find('\n');
  }
  std::string_view line = input_.window().substr(0, end);
  if (line.empty() && end == std::string_view::npos) return std::nullopt;
  ++line_;
  input_.consume(line.size() + (end == std::string_view::npos ? 0 : 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kLineBytesMax) {
    return fail_at(kLineBytesMax, fmt::format("the line is longer than {} bytes; is this an "
                                              "inventory? split the line",
                                              kLineBytesMax));
  }
  if (const auto diagnostic = text_diagnostic(line))
    return fail_at(diagnostic->offset, diagnostic->what);
  return line;
}

std::unexpected<Error> LineReader::fail_at(std::size_t offset, std::string_view what) const {
  return std::unexpected(error_at(input_.name(), line_, offset + 1, what));
}

}  // namespace rollcall::inventory
