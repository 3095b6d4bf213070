#include "engine/inventory/text/csv_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/inventory/load_text.h"
#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {
namespace {

std::vector<std::size_t> starts_of_lines(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    starts.push_back(at + 1);
  }
  if (starts.back() != text.size()) starts.push_back(text.size());
  return starts;
}

bool is_data(std::string_view line) {
  const std::string_view text = trimmed(content_of(line));
  return !text.empty() && text.front() != '#';
}

}  // namespace

std::string_view content_of(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string csv_text(std::string_view value) {
  const bool plain = value.find_first_of(",\"") == std::string_view::npos &&
                     trimmed(value) == value && !value.contains('#');
  if (plain) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

CsvDocument::CsvDocument(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_(starts_of_lines(text_)) {}

std::unexpected<Error> CsvDocument::fail_at(std::size_t line, std::size_t offset,
                                            std::string_view what) const {
  return std::unexpected(error_at(name_, line + 1, offset + 1, what));
}

Result<CsvDocument> CsvDocument::parse(std::string name, std::string text) {
  CsvDocument document(std::move(name), std::move(text));
  if (const auto read = document.read_lines(); !read) return std::unexpected(read.error());
  if (!document.has_rows_) return document;
  const LoadRequest request{.default_ports = {Port{0}}};
  const auto table = load_text(document.name_, document.text_, request);
  if (!table) return std::unexpected(table.error());
  return document;
}

Result<void> CsvDocument::read_header(std::size_t line) {
  CsvFields fields;
  const std::string_view content = content_of(this->line(line));
  if (fields.split(content) || !CsvHeader::looks_like_one(fields)) {
    return fail_at(line, 0,
                   "not a CSV inventory: its first line is no header such as "
                   "address,ports,group; import into another file");
  }
  const auto header = CsvHeader::parse(fields);
  if (!header) return fail_at(line, header.error().offset, header.error().what);
  for (std::size_t i = 0; i < header->size(); ++i) columns_.push_back(header->name(i));
  header_line_ = line;
  if (this->line(line).ends_with("\r\n")) line_end_ = "\r\n";
  return {};
}

Result<void> CsvDocument::read_lines() {
  CsvFields fields;
  std::size_t group_column = SIZE_MAX;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!is_data(line(i))) continue;
    if (!header_line_) {
      if (const auto read = read_header(i); !read) return read;
      group_column =
          static_cast<std::size_t>(std::ranges::find(columns_, "group") - columns_.begin());
      continue;
    }
    if (const auto diagnostic = fields.split(content_of(line(i)))) {
      return fail_at(i, diagnostic->offset, diagnostic->what);
    }
    if (fields.all_empty()) continue;
    has_rows_ = true;
    if (group_column >= fields.size() || fields[group_column].value.empty()) continue;
    rows_[normal_name(fields[group_column].value)].push_back(i);
  }
  return {};
}

std::vector<std::size_t> CsvDocument::rows_of(std::string_view group) const {
  const auto known = rows_.find(group);
  return known == rows_.end() ? std::vector<std::size_t>() : known->second;
}

std::vector<std::string> CsvDocument::fields_of(std::size_t line) const {
  CsvFields fields;
  const auto diagnostic = fields.split(content_of(this->line(line)));
  ROLLCALL_CHECK(!diagnostic);  // parse() has split this line already
  std::vector<std::string> values(columns_.size());
  for (std::size_t i = 0; i < std::min(fields.size(), values.size()); ++i) {
    values[i] = fields[i].value;
  }
  return values;
}

}  // namespace rollcall::inventory
