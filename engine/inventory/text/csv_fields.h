// Splits one line of CSV (RFC 4180) into fields.
//
// Threading: pure but for the vector handed in.
// Ownership: fields own their values; their memory is reused line after line.
// Units:     offsets in bytes from 0 within the line.
// Errors:    a Diagnostic for quotes that are not closed or not at the ends of a field.
// Cost:      one pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

struct CsvField {
  std::string value;       // unquoted, without blanks at the ends
  std::size_t offset = 0;  // of the value's first byte
  bool quoted = false;
};

class CsvFields {
 public:
  std::optional<Diagnostic> split(std::string_view line);

  std::size_t size() const { return size_; }
  // True for a line of commas alone: spreadsheets write empty rows so.
  bool all_empty() const;
  const CsvField& operator[](std::size_t i) const { return fields_[i]; }

 private:
  CsvField& next_field();

  std::vector<CsvField> fields_;  // never shrinks: strings keep their memory
  std::size_t size_ = 0;
};

}  // namespace rollcall::inventory
