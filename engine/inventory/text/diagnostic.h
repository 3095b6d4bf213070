// Describes an error in a piece of inventory text, and formats its place for the message.
//
// Threading: pure functions.
// Units:     offsets in bytes from 0 within the text that was parsed; lines and columns from 1.
// Errors:    outside text is shown only through in_quotes().
// Cost:      text_diagnostic() one pass over the text; the rest runs only on failures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text/name_text.h"

namespace rollcall::inventory {

struct Diagnostic {
  std::size_t offset = 0;
  std::string what;  // what is wrong; the fix
};

template <typename T>
using Parsed = std::expected<T, Diagnostic>;

inline std::unexpected<Diagnostic> flawed(std::size_t offset, std::string what) {
  return std::unexpected(Diagnostic{offset, std::move(what)});
}

// "SOURCE:LINE:COLUMN: what", as kInput.
Error error_at(std::string_view source, std::uint64_t line, std::uint64_t column,
               std::string_view what);

// The text between apostrophes, at most 40 bytes of it; all but printable ASCII becomes \xNN.
// (Not `quoted`: argument-dependent look-up would find std::quoted for a std::string.)
std::string in_quotes(std::string_view text);

// As in_quotes(), without the apostrophes and with the caller's limit.
std::string escaped(std::string_view text, std::size_t bytes_max);

// A diagnostic of the first control character (except tab) or byte that is not UTF-8; nullopt for
// clean text. Both would reach terminals and JSON documents through group names and labels.
std::optional<Diagnostic> text_diagnostic(std::string_view text);

}  // namespace rollcall::inventory
