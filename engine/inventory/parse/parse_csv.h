// Parses the header and the rows of a CSV inventory. Grammar: parse_lines.h.
//
// Threading: set-up only.
// Ownership: results go to the builder.
// Units:     as LineReader.
// Errors:    the first diagnostic, with its place.
// Cost:      as parse_lines.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/inventory/table_builder.h"
#include "engine/inventory/text/csv_fields.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {

// The value of a CSV field or a JSON label. Names come out normalised: every inventory format uses
// these functions (ADR 34).
Parsed<std::string> group_name_in(std::string_view text);
Parsed<std::string> parent_name_in(std::string_view text);
Parsed<Expect> expect_in(std::string_view text);

// Valid label names are those of Prometheus: [a-zA-Z_][a-zA-Z0-9_]*.
bool is_label_name(std::string_view name);

class CsvHeader {
 public:
  enum class Column : std::uint8_t { kAddress, kPorts, kGroup, kExpect, kParent, kNote, kLabel };

  // True when the fields of a first line are column names, well spelt or not, rather than a target.
  static bool looks_like_one(const CsvFields& fields);
  static Parsed<CsvHeader> parse(const CsvFields& fields);

  std::size_t size() const { return columns_.size(); }
  Column column(std::size_t i) const { return columns_[i]; }
  const std::string& name(std::size_t i) const { return names_[i]; }

 private:
  std::vector<Column> columns_;
  std::vector<std::string> names_;
};

class CsvParser {
 public:
  CsvParser(CsvHeader header, std::uint16_t source, TableBuilder& builder)
      : header_(std::move(header)), source_(source), builder_(builder) {}

  // Reads the remaining lines; all of them are rows.
  Result<void> parse(LineReader& lines);

 private:
  struct Row;
  Result<void> read_line(const LineReader& lines, std::string_view line);
  Parsed<Row> read_row();
  std::optional<Diagnostic> comment_behind() const;
  std::optional<Diagnostic> read_field(std::size_t i, Row& row);
  std::optional<Diagnostic> read_group(const std::string& text, Row& row);

  CsvHeader header_;
  std::uint16_t source_;
  TableBuilder& builder_;
  CsvFields fields_;
  // The last port list and the last names, with their parsed values: rows often repeat them.
  std::string ports_text_;
  std::vector<Port> ports_;
  std::string group_text_;
  std::optional<GroupIndex> group_;
  std::string parent_text_;
  std::string parent_;
};

}  // namespace rollcall::inventory
