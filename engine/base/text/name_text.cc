#include "engine/base/text/name_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace rollcall {
namespace {

// Unicode classifies it as a symbol, but fonts draw it as a blank.
constexpr utf8proc_int32_t kBrailleBlank = 0x2800;
constexpr std::size_t kCodePointBytesMax = 4;

bool is_blank(utf8proc_int32_t code) {
  if (code == ' ' || code == '\t' || code == kBrailleBlank) return true;
  const utf8proc_category_t category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

struct CodePoint {
  utf8proc_int32_t value = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

CodePoint first_of(std::string_view text) {
  CodePoint code;
  const auto length = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(std::min(text.size(), kCodePointBytesMax)), &code.value);
  if (length > 0) code.bytes = static_cast<std::size_t>(length);
  return code;
}

bool is_zero_width(const CodePoint& code) {
  return code.bytes > 0 && utf8proc_get_property(code.value)->ignorable;
}

// The number of bytes of the first code point if it is invisible; else 0.
std::size_t unseen_bytes(std::string_view text) {
  const CodePoint code = first_of(text);
  const bool is_unseen = code.bytes > 0 && (is_blank(code.value) || is_zero_width(code));
  return is_unseen ? code.bytes : 0;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// The offset of the last code point of the text. Requires: text is not empty.
std::size_t last_code_point(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < kCodePointBytesMax && is_continuation(text[at])) --at;
  return at;
}

bool is_graphic_ascii(char c) {
  return c > ' ' && c < 0x7f;
}

// Most names are normal ASCII and need no table look-up.
bool is_normal_ascii(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_graphic_ascii(name[i])) continue;
    const bool is_inside = i > 0 && i + 1 < name.size();
    if (name[i] != ' ' || !is_inside || name[i - 1] == ' ') return false;
  }
  return true;
}

// Replaces each run of characters for which `joins` is true by one `by`.
template <typename Joins>
void fold_runs(std::string& text, char by, const Joins& joins) {
  std::size_t out = 0;
  for (const char c : text) {
    if (!joins(c)) {
      text[out++] = c;
    } else if (out == 0 || text[out - 1] != by) {
      text[out++] = by;
    }
  }
  text.resize(out);
}

utf8proc_int32_t blank_to_space(utf8proc_int32_t code, void*) {
  return is_blank(code) ? ' ' : code;
}

// Text that is not UTF-8 stays unchanged.
void map_text(std::string& text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                          static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                          static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE |
                                                         UTF8PROC_COMPOSE | UTF8PROC_IGNORE),
                          blank_to_space, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) return;
  text.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
}

}  // namespace

std::size_t blanks_before(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && !is_graphic_ascii(text[at])) {
    const std::size_t unseen = unseen_bytes(text.substr(at));
    if (unseen == 0) break;
    at += unseen;
  }
  return at;
}

bool begins_with_blank(std::string_view text) {
  CodePoint code = first_of(text);
  while (is_zero_width(code)) {
    text.remove_prefix(code.bytes);
    code = first_of(text);
  }
  return code.bytes > 0 && is_blank(code.value);
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(blanks_before(text));
  while (!text.empty() && !is_graphic_ascii(text.back())) {
    const std::size_t last = last_code_point(text);
    if (unseen_bytes(text.substr(last)) != text.size() - last) break;
    text = text.substr(0, last);
  }
  return text;
}

void normalise_name(std::string& name) {
  if (is_normal_ascii(name)) return;
  map_text(name, 0);
  fold_runs(name, ' ', [](char c) { return c == ' '; });
  if (name.starts_with(' ')) name.erase(0, 1);
  if (name.ends_with(' ')) name.pop_back();
}

std::string normal_name(std::string_view name) {
  std::string normal(name);
  normalise_name(normal);
  return normal;
}

std::string look_alike_key(std::string_view name) {
  std::string key(name);
  map_text(key, UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_LUMP);
  fold_runs(key, '-', [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return key;
}

}  // namespace rollcall
