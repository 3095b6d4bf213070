#include "engine/inventory/text/foreign_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rollcall::inventory {
namespace {

struct Separator {
  char sign;
  std::string_view name;
};

constexpr std::array kSeparators{Separator{';', "semicolons"}, Separator{'\t', "tabs"},
                                 Separator{'|', "vertical bars"}};
constexpr std::string_view kAddress = "address";

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
}

bool is_address_column(std::string_view field) {
  field = trimmed(field);
  if (field.size() > 1 && field.front() == '"' && field.back() == '"') {
    field = trimmed(field.substr(1, field.size() - 2));
  }
  return equal_but_for_case(field, kAddress);
}

bool has_address_column(std::string_view line, char separator) {
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find(separator, start), line.size());
    if (is_address_column(line.substr(start, end - start))) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::optional<Diagnostic> markup_diagnostic(std::string_view text) {
  const std::size_t at = text.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos || text[at] != '<') return std::nullopt;
  return Diagnostic{at,
                    "this is HTML or XML and no inventory, perhaps a login or error page; open the "
                    "source in a browser, and name the address or file that holds the data"};
}

std::optional<Diagnostic> separator_diagnostic(std::string_view first_line) {
  const std::size_t at = blanks_before(first_line);
  if (equal_but_for_case(first_line.substr(at, 4), "sep=")) {
    return Diagnostic{
        at,
        "a line for spreadsheet programs; remove it, and save the file with commas between "
        "the fields"};
  }
  for (const auto& [sign, name] : kSeparators) {
    const std::size_t found = first_line.find(sign);
    if (found == std::string_view::npos || !has_address_column(first_line, sign)) continue;
    return Diagnostic{
        found, fmt::format("the fields are separated by {}; save the file with commas (several "
                           "ports in one field keep their semicolons: 80;443)",
                           name)};
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
