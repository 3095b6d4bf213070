#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/text/closest_match.h"

namespace rollcall::inventory {
namespace {

struct KnownColumn {
  std::string_view name;
  CsvHeader::Column column;
  // The largest edit distance of a misspelling. It is 0 for `note`: a misspelt note does no harm,
  // and `node` is a useful label.
  std::size_t near;
};

constexpr std::array kKnownColumns{
    KnownColumn{"address", CsvHeader::Column::kAddress, 2},
    KnownColumn{"ports", CsvHeader::Column::kPorts, 1},
    KnownColumn{"group", CsvHeader::Column::kGroup, 1},
    KnownColumn{"expect", CsvHeader::Column::kExpect, 2},
    KnownColumn{"parent", CsvHeader::Column::kParent, 2},
    KnownColumn{"note", CsvHeader::Column::kNote, 0},
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// The known column that `name` misspells, or nullptr.
const KnownColumn* closest_match(std::string_view name) {
  if (name.size() > 16) return nullptr;
  for (const KnownColumn& known : kKnownColumns) {
    if (edit_distance(lower_case(name), known.name) <= known.near) return &known;
  }
  return nullptr;
}

Parsed<CsvHeader::Column> column_named(const CsvField& field) {
  for (const KnownColumn& known : kKnownColumns) {
    if (field.value == known.name) return known.column;
  }
  if (const KnownColumn* meant = closest_match(field.value)) {
    return flawed(field.offset, fmt::format("unknown column {}; did you mean '{}'?",
                                            in_quotes(field.value), meant->name));
  }
  if (!is_label_name(field.value)) {
    return flawed(field.offset, fmt::format("column name {} is not made of letters, digits and _; "
                                            "rename the column",
                                            in_quotes(field.value)));
  }
  return CsvHeader::Column::kLabel;
}

}  // namespace

bool is_label_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool CsvHeader::looks_like_one(const CsvFields& fields) {
  bool all_names = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].value == "address") return true;
    all_names = all_names && is_label_name(fields[i].value);
  }
  return all_names && (fields.size() > 1 || closest_match(fields[0].value) != nullptr);
}

Parsed<CsvHeader> CsvHeader::parse(const CsvFields& fields) {
  CsvHeader header;
  bool has_address = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto column = column_named(fields[i]);
    if (!column) return std::unexpected(column.error());
    if (std::ranges::find(header.names_, fields[i].value) != header.names_.end()) {
      return flawed(fields[i].offset,
                    fmt::format("column {} appears twice; remove one", in_quotes(fields[i].value)));
    }
    has_address = has_address || *column == Column::kAddress;
    header.columns_.push_back(*column);
    header.names_.push_back(fields[i].value);
  }
  if (!has_address) {
    return flawed(fields[0].offset, "the header has no 'address' column; add one");
  }
  return header;
}

}  // namespace rollcall::inventory
