#include "engine/inventory/parse/parse_csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/inventory/load.h"
#include "engine/inventory/parse/parse_target.h"

namespace rollcall::inventory {

namespace {

Parsed<std::string> name_in(std::string_view text, std::string_view what) {
  std::string name = normal_name(text);
  if (name.size() <= kGroupNameBytesMax) return name;
  return flawed(0, fmt::format("{} name {} is longer than {} bytes; shorten it", what,
                               in_quotes(name), kGroupNameBytesMax));
}

// The offset of a '#' that looks like the start of a comment: at the beginning or after a blank.
std::optional<std::size_t> comment_in(std::string_view text) {
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    const std::string_view before = text.substr(0, at);
    if (before.empty() || trimmed(before).end() != before.end()) return at;
  }
  return std::nullopt;
}

}  // namespace

Parsed<std::string> group_name_in(std::string_view text) {
  auto name = name_in(text, "group");
  if (name && name->empty()) {
    return flawed(0, "the group name is empty; name a group or leave it out");
  }
  return name;
}

Parsed<std::string> parent_name_in(std::string_view text) {
  return name_in(text, "parent");
}

Parsed<Expect> expect_in(std::string_view text) {
  if (text == "open") return Expect::kOpen;
  if (text == "bound") return Expect::kBound;
  return flawed(0, fmt::format("expect is {}; write open or bound", in_quotes(text)));
}

struct CsvParser::Row {
  ParsedTarget target;
  std::size_t address_offset = 0;
  bool has_address = false;
  std::span<const Port> ports;
  std::size_t ports_offset = 0;
  Attributes attributes;
  LabelSet labels;
};

Result<void> CsvParser::parse(LineReader& lines) {
  for (;;) {
    const auto line = lines.next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return {};
    if (const auto read = read_line(lines, **line); !read) return read;
  }
}

Result<void> CsvParser::read_line(const LineReader& lines, std::string_view line) {
  if (const auto diagnostic = fields_.split(line)) {
    return builder_.keep(lines.fail_at(diagnostic->offset, diagnostic->what));
  }
  if (fields_.all_empty()) return {};
  const auto row = read_row();
  if (!row) return builder_.keep(lines.fail_at(row.error().offset, row.error().what));
  const SourcePlace place{source_, lines.line(),
                          static_cast<std::uint32_t>(row->address_offset + 1)};
  const std::span<const Port> ports =
      row->target.port ? std::span(&*row->target.port, 1) : row->ports;
  return builder_.add(row->target.range, ports, row->attributes, place);
}

// CSV has no comments after fields: a group 'web01 # new' would take some of web01's addresses.
std::optional<Diagnostic> CsvParser::comment_behind() const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const bool is_note = i < header_.size() && header_.column(i) == CsvHeader::Column::kNote;
    if (fields_[i].quoted || is_note) continue;
    if (const auto at = comment_in(fields_[i].value)) {
      return Diagnostic{
          fields_[i].offset + *at,
          "a comment behind a row; put it on a line of its own, or quote the field if the "
          "'#' belongs to it"};
    }
  }
  return std::nullopt;
}

Parsed<CsvParser::Row> CsvParser::read_row() {
  if (auto diagnostic = comment_behind()) return std::unexpected(*std::move(diagnostic));
  if (fields_.size() > header_.size()) {
    return flawed(fields_[header_.size()].offset,
                  fmt::format("the row has {} fields but the header {}; quote values that hold "
                              "commas",
                              fields_.size(), header_.size()));
  }
  Row row;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const bool missing = fields_[i].value.empty() && !fields_[i].quoted;
    if (missing && header_.column(i) != CsvHeader::Column::kAddress) continue;
    if (auto diagnostic = read_field(i, row)) {
      diagnostic->offset += fields_[i].offset;
      return std::unexpected(*std::move(diagnostic));
    }
  }
  if (!row.has_address) return flawed(0, "the row has no address; add one");
  if (row.target.port && !row.ports.empty()) {
    return flawed(row.ports_offset, "the address names a port already; remove it in one place");
  }
  if (!row.labels.empty()) {
    std::ranges::sort(row.labels);
    row.attributes.label_set = builder_.label_set(row.labels);
  }
  return row;
}

// The diagnostic's offset is within the field.
std::optional<Diagnostic> CsvParser::read_field(std::size_t i, Row& row) {
  const CsvField& field = fields_[i];
  switch (header_.column(i)) {
    case CsvHeader::Column::kAddress: {
      const auto target = target_in(field.value);
      if (!target) return target.error();
      row.target = *target;
      row.address_offset = field.offset;
      row.has_address = true;
      break;
    }
    case CsvHeader::Column::kPorts: {
      if (field.value != ports_text_ || ports_.empty()) {
        auto ports = ports_in(field.value);
        if (!ports) return ports.error();
        ports_ = *std::move(ports);
        ports_text_ = field.value;
      }
      row.ports = ports_;
      row.ports_offset = field.offset;
      break;
    }
    case CsvHeader::Column::kGroup:
      return read_group(field.value, row);
    case CsvHeader::Column::kExpect: {
      const auto expect = expect_in(field.value);
      if (!expect) return expect.error();
      row.attributes.expect = *expect;
      break;
    }
    case CsvHeader::Column::kParent: {
      if (field.value != parent_text_) {
        auto name = parent_name_in(field.value);
        if (!name) return name.error();
        parent_ = *std::move(name);
        parent_text_ = field.value;
      }
      row.attributes.parent = parent_;
      break;
    }
    case CsvHeader::Column::kNote:
      row.attributes.note = field.value;
      break;
    case CsvHeader::Column::kLabel:
      if (!field.value.empty()) row.labels.emplace_back(header_.name(i), normal_name(field.value));
      break;
  }
  return std::nullopt;
}

std::optional<Diagnostic> CsvParser::read_group(const std::string& text, Row& row) {
  if (!group_ || text != group_text_) {
    const auto name = group_name_in(text);
    if (!name) return name.error();
    group_ = builder_.group(*name);
    group_text_ = text;
  }
  row.attributes.group = group_;
  return std::nullopt;
}

}  // namespace rollcall::inventory
