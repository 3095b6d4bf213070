#include "engine/inventory/text/diagnostic.h"

#include <fmt/format.h>

namespace rollcall::inventory {
namespace {

constexpr std::size_t kQuotedBytesMax = 40;

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

// Length of the UTF-8 sequence of more than one byte at `at` (RFC 3629: no overlong form, no
// surrogate, nothing above U+10FFFF); 0 if there is none. C1 controls, U+0080 to U+009F, give 0
// too, because terminals execute them.
std::size_t multibyte_length(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length) return 0;
  std::uint32_t code = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint8_t next = byte_at(text, at + i);
    if ((next & 0xc0) != 0x80) return 0;
    code = code << 6 | (next & 0x3fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff || code < 0xa0 ? 0 : length;
}

bool is_plain(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

}  // namespace

Error error_at(std::string_view source, std::uint64_t line, std::uint64_t column,
               std::string_view what) {
  return {ErrorCode::kInput, 0, fmt::format("{}:{}:{}: {}", source, line, column, what)};
}

std::string escaped(std::string_view text, std::size_t bytes_max) {
  std::string out;
  for (const char c : text.substr(0, bytes_max)) {
    if (c >= 0x20 && c < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
    }
  }
  if (text.size() > bytes_max) out += "...";
  return out;
}

std::string in_quotes(std::string_view text) {
  return "'" + escaped(text, kQuotedBytesMax) + "'";
}

std::optional<Diagnostic> text_diagnostic(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t byte = byte_at(text, i);
    if (is_plain(byte)) {
      ++i;
    } else if (byte < 0x80) {
      return Diagnostic{
          i, fmt::format("control character \\x{:02x}; an inventory is plain text", byte)};
    } else if (const std::size_t length = multibyte_length(text, i); length > 0) {
      i += length;
    } else {
      return Diagnostic{
          i,
          fmt::format("byte \\x{:02x} is not printable UTF-8; save the file as UTF-8 text", byte)};
    }
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
