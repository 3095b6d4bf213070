#include "engine/inventory/parse_csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/inventory/load.h"
#include "engine/inventory/parse_target.h"

namespace rollcall::inventory {

std::optional<Flaw> group_name_flaw(std::string_view name) {
  if (name.empty()) return Flaw{0, "the group name is empty; name a group or leave it out"};
  if (name.size() > kGroupNameBytesMax) {
    return Flaw{0, fmt::format("group name {} is longer than {} bytes; shorten it", in_quotes(name),
                               kGroupNameBytesMax)};
  }
  return std::nullopt;
}

std::optional<Flaw> parent_name_flaw(std::string_view name) {
  if (name.size() <= kGroupNameBytesMax) return std::nullopt;
  return Flaw{0, fmt::format("parent name {} is longer than {} bytes; shorten it", in_quotes(name),
                             kGroupNameBytesMax)};
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
  if (const auto flaw = fields_.split(line)) {
    return builder_.keep(lines.fail_at(flaw->offset, flaw->what));
  }
  const auto row = read_row();
  if (!row) return builder_.keep(lines.fail_at(row.error().offset, row.error().what));
  const SourcePlace place{source_, lines.line(),
                          static_cast<std::uint32_t>(row->address_offset + 1)};
  const std::span<const Port> ports =
      row->target.port ? std::span(&*row->target.port, 1) : row->ports;
  return builder_.add(row->target.range, ports, row->attributes, place);
}

Parsed<CsvParser::Row> CsvParser::read_row() {
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
    if (auto flaw = read_field(i, row)) {
      flaw->offset += fields_[i].offset;
      return std::unexpected(*std::move(flaw));
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

// The flaw's offset is within the field.
std::optional<Flaw> CsvParser::read_field(std::size_t i, Row& row) {
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
    case CsvHeader::Column::kGroup: {
      if (auto flaw = group_name_flaw(field.value)) return flaw;
      row.attributes.group = builder_.group(field.value);
      break;
    }
    case CsvHeader::Column::kExpect: {
      const auto expect = expect_in(field.value);
      if (!expect) return expect.error();
      row.attributes.expect = *expect;
      break;
    }
    case CsvHeader::Column::kParent:
      if (auto flaw = parent_name_flaw(field.value)) return flaw;
      row.attributes.parent = field.value;
      break;
    case CsvHeader::Column::kNote:
      row.attributes.note = field.value;
      break;
    case CsvHeader::Column::kLabel:
      if (!field.value.empty()) row.labels.emplace_back(header_.name(i), field.value);
      break;
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
