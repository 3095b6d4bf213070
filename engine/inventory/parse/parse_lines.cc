#include "engine/inventory/parse/parse_lines.h"

#include <utility>

#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/text/csv_fields.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/foreign_text.h"

namespace rollcall::inventory {
namespace {

// The single word of the line, without a comment after it.
Parsed<std::string_view> only_word(std::string_view line) {
  const std::size_t start = blanks_before(line);
  const std::size_t comment = line.find('#', start);
  const std::string_view word = trimmed(line.substr(start, comment - start));
  const std::size_t blank = word.find_first_of(" \t,;");
  if (blank == std::string_view::npos) return word;
  return flawed(start + blank,
                "more than one target on the line; write one a line, or begin the file with a CSV "
                "header such as address,ports,group");
}

Result<void> add_target(const LineReader& lines, std::string_view line, std::uint16_t source,
                        TableBuilder& builder) {
  const auto word = only_word(line);
  if (!word) return builder.keep(lines.fail_at(word.error().offset, word.error().what));
  const auto offset = static_cast<std::size_t>(word->data() - line.data());
  const auto target = target_in(*word);
  if (!target) {
    return builder.keep(lines.fail_at(offset + target.error().offset, target.error().what));
  }
  const auto ports = target->port ? std::span(&*target->port, 1) : std::span<const Port>();
  const SourcePlace place{source, lines.line(), static_cast<std::uint32_t>(offset + 1)};
  return builder.add(target->range, ports, {}, place);
}

Result<void> parse_list(LineReader& lines, std::string_view first, std::uint16_t source,
                        TableBuilder& builder) {
  std::optional<std::string_view> line = first;
  while (line) {
    if (const auto added = add_target(lines, *line, source, builder); !added) return added;
    const auto next = lines.next();
    if (!next) return std::unexpected(next.error());
    line = *next;
  }
  return {};
}

}  // namespace

Result<void> parse_lines(TextInput& input, std::uint16_t source, TableBuilder& builder) {
  LineReader lines(input);
  const auto first = lines.next();
  if (!first) return std::unexpected(first.error());
  if (!*first) return {};
  for (const auto& diagnostic : {markup_diagnostic(**first), separator_diagnostic(**first)}) {
    if (diagnostic) return lines.fail_at(diagnostic->offset, diagnostic->what);
  }
  CsvFields fields;
  // A line with unpaired quotes is not a header: they may stand in a comment after a target.
  const bool is_header = !fields.split(**first) && CsvHeader::looks_like_one(fields);
  if (!is_header) return parse_list(lines, **first, source, builder);
  auto header = CsvHeader::parse(fields);
  if (!header) return lines.fail_at(header.error().offset, header.error().what);
  return CsvParser(*std::move(header), source, builder).parse(lines);
}

}  // namespace rollcall::inventory
