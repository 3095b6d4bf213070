#include "engine/inventory/text/csv_fields.h"

#include <algorithm>

namespace rollcall::inventory {
namespace {

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  return at + blanks_before(line.substr(at));
}

// Reads the quoted field whose first quote is at `at`. Returns the offset after its last quote.
Parsed<std::size_t> read_quoted(std::string_view line, std::size_t at, CsvField& field) {
  field.quoted = true;
  field.offset = at + 1;
  std::string value;
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (line[i] == '"') {
      const bool doubled = i + 1 < line.size() && line[i + 1] == '"';
      if (!doubled) {
        const std::string_view kept = trimmed(value);
        if (!kept.empty()) field.offset += static_cast<std::size_t>(kept.data() - value.data());
        field.value.assign(kept);
        return i + 1;
      }
      ++i;
    }
    value += line[i];
  }
  return flawed(at, "the quote is not closed on this line; close it, or double it inside a field");
}

std::optional<Diagnostic> read_plain(std::string_view line, std::size_t at, std::size_t end,
                                     CsvField& field) {
  field.quoted = false;
  field.offset = at;
  const std::string_view value = trimmed(line.substr(at, end - at));
  if (const std::size_t quote = value.find('"'); quote != std::string_view::npos) {
    return Diagnostic{at + quote,
                      "a quote inside a field; quote the whole field and double the quote"};
  }
  field.value.assign(value);
  return std::nullopt;
}

}  // namespace

CsvField& CsvFields::next_field() {
  if (size_ == fields_.size()) fields_.emplace_back();
  return fields_[size_++];
}

bool CsvFields::all_empty() const {
  return std::all_of(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(size_),
                     [](const CsvField& field) { return field.value.empty() && !field.quoted; });
}

std::optional<Diagnostic> CsvFields::split(std::string_view line) {
  size_ = 0;
  for (std::size_t start = 0; start <= line.size();) {
    CsvField& field = next_field();
    std::size_t at = skip_blanks(line, start);
    if (at < line.size() && line[at] == '"') {
      const auto after = read_quoted(line, at, field);
      if (!after) return after.error();
      at = skip_blanks(line, *after);
      if (at < line.size() && line[at] != ',') {
        return Diagnostic{at, "text after the closing quote; put the whole field in quotes"};
      }
    } else {
      const std::size_t end = std::min(line.find(',', start), line.size());
      if (const auto diagnostic = read_plain(line, std::min(at, end), end, field))
        return diagnostic;
      at = end;
    }
    start = at + 1;
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
