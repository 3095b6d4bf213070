// Holds a CSV inventory as lines that keep their bytes. An edit of one group leaves every other
// line, comment, blank line and column unchanged.
//
// Threading: set-up only.
// Ownership: owns the text; string views point into it, and are valid until the document moves.
// Units:     lines from 0, in bytes with their ends.
// Errors:    kInput with the place: the text is not a CSV inventory with a header, or does not
//            parse.
// Cost:      the text, 24 bytes a line, and each group's name once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/inventory/text/csv_fields.h"

namespace rollcall::inventory {

class CsvDocument {
 public:
  // Text without a header (empty, or only comments) gives a document without columns. The rows are
  // validated as an inventory's rows, but a row may have no ports.
  static Result<CsvDocument> parse(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  std::size_t size() const { return line_starts_.size() - 1; }
  std::string_view line(std::size_t i) const {
    return std::string_view(text_).substr(line_starts_[i], line_starts_[i + 1] - line_starts_[i]);
  }
  std::string_view line_end() const { return line_end_; }  // of the document: LF or CRLF
  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<std::size_t> header_line() const { return header_line_; }
  bool has_rows() const { return has_rows_; }

  // The lines whose `group` column names this group.
  std::vector<std::size_t> rows_of(std::string_view group) const;
  // The values of a row, one for each column.
  std::vector<std::string> fields_of(std::size_t line) const;

 private:
  CsvDocument(std::string name, std::string text);
  Result<void> read_lines();
  Result<void> read_header(std::size_t line);
  std::unexpected<Error> fail_at(std::size_t line, std::size_t offset, std::string_view what) const;

  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;  // and the end of the text
  std::string_view line_end_ = "\n";
  std::vector<std::string> columns_;
  std::optional<std::size_t> header_line_;
  bool has_rows_ = false;
  std::map<std::string, std::vector<std::size_t>, std::less<>> rows_;  // by group
};

// The line without its end.
std::string_view content_of(std::string_view line);

// A field in CSV notation: in quotes if needed.
std::string csv_text(std::string_view value);

}  // namespace rollcall::inventory
