#include "engine/base/text/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall {

std::string counted(std::uint64_t count, std::string_view noun) {
  const std::string_view plural = count == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count, noun, plural);
}

std::string ranges_text(std::span<const AddressRange> ranges, std::size_t ranges_max) {
  std::string text;
  for (const AddressRange& range : ranges.first(std::min(ranges.size(), ranges_max))) {
    text += (text.empty() ? "" : ", ") + range.to_string();
  }
  if (ranges.size() > ranges_max) {
    text += fmt::format(" and {}", counted(ranges.size() - ranges_max, "more range"));
  }
  return text;
}

std::string clipped(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  // Continuation bytes are 10xxxxxx, at most three after the first byte of a character.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  std::size_t end = bytes_max;
  for (int i = 0; i < 3 && end > 0 && continues(text[end]); ++i) --end;
  return std::string(text.substr(0, end));
}

}  // namespace rollcall
