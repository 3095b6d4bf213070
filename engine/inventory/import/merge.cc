#include "engine/inventory/import/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/ranges.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {
namespace {

using Fields = std::vector<std::string>;

// The attributes that a source gives some addresses. Empty ports or an absent expect: not given.
struct Saying {
  std::vector<Port> ports;
  std::optional<Expect> expect;
  auto operator<=>(const Saying&) const = default;
};

// The document's columns, followed by columns that it lacks and a merge may set. A column of the
// latter is written only if it got a value.
class Columns {
 public:
  explicit Columns(const Fields& document) : names_(document), written_(document.size(), true) {
    for (const char* name : {"address", "ports", "group", "expect", "parent", "note"}) {
      if (std::ranges::find(names_, name) != names_.end()) continue;
      const bool always = document.empty() && written_.size() < kColumnsOfNewFile;
      names_.emplace_back(name);
      written_.push_back(always);
    }
  }

  std::size_t size() const { return names_.size(); }
  std::size_t of(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
  }
  const std::string& name(std::size_t column) const { return names_[column]; }
  bool is_written(std::size_t column) const { return written_[column]; }
  void note_values(const Fields& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].empty()) written_[i] = true;
    }
  }

 private:
  static constexpr std::size_t kColumnsOfNewFile = 4;

  Fields names_;
  std::vector<bool> written_;
};

std::string_view text_of(Expect expect) {
  return expect == Expect::kOpen ? "open" : "bound";
}

// Adds a missing line end to the last line before the next line follows.
void append_line(std::string& text, std::string_view line, std::string_view line_end) {
  if (!text.empty() && !text.ends_with('\n') && !line.empty()) text += line_end;
  text += line;
}

// Turns the targets of one address into sayings, one for each expectation.
void say(std::span<const ImportedTarget> same, std::map<Saying, Ranges>& sayings) {
  std::map<std::optional<Expect>, std::vector<Port>> by_expect;
  for (const ImportedTarget& target : same) {
    std::vector<Port>& ports = by_expect[target.expect];
    if (target.port.value != 0) ports.push_back(target.port);
  }
  for (auto& [expect, ports] : by_expect) {
    std::ranges::sort(ports);
    ports.erase(std::ranges::unique(ports).begin(), ports.end());
    append_address(sayings[{std::move(ports), expect}], same.front().address);
  }
}

std::map<Saying, Ranges> sayings_of(std::vector<ImportedTarget> targets) {
  std::ranges::sort(targets, {}, &ImportedTarget::address);
  std::map<Saying, Ranges> sayings;
  for (auto first = targets.begin(); first != targets.end();) {
    const auto last = std::find_if(first, targets.end(), [first](const ImportedTarget& target) {
      return target.address != first->address;
    });
    say({first, last}, sayings);
    first = last;
  }
  return sayings;
}

// Merges one group; the members are the state that the steps share.
class GroupMerge {
 public:
  GroupMerge(const CsvDocument& document, Columns& columns, const ImportedGroup& group,
             const MergeOptions& options)
      : document_(document), columns_(columns), group_(group), options_(options) {}

  // Decides the fields of each address.
  Result<void> run();
  // Writes the new text of this group's old lines, and the text to append to the document.
  // Requires: run() of every group was called, so that the columns are known.
  void write(std::map<std::size_t, std::string>& replaced, std::string& appended);

 private:
  struct OldRow {
    std::size_t line;
    AddressRange range;
    Fields fields;  // with an empty address, and canonical ports
  };
  // Addresses that share every field: they are written as ranges.
  struct Bucket {
    std::vector<AddressRange> ranges;
    std::vector<std::size_t> lines;  // old line numbers, the first one first
  };

  void read_old();
  OldRow read_row(std::size_t line);
  Result<void> place(const Saying& saying, const Ranges& ranges);
  Result<void> place_new(const Saying& saying, const Ranges& ranges);
  void put(Fields fields, const Saying& saying, const Ranges& ranges, std::size_t line);
  void set_facts(Fields& fields) const;
  std::vector<const std::pair<const Fields, Bucket>*> in_address_order() const;
  bool agree(std::size_t column) const;
  bool unchanged(const Fields& fields, const Bucket& bucket) const;
  std::string rows_text(const Fields& fields, const Ranges& ranges);
  const std::vector<Port>& ports_of(const Saying& saying) const {
    return saying.ports.empty() ? options_.ports : saying.ports;
  }

  static constexpr std::size_t kNowhere = SIZE_MAX;

  const CsvDocument& document_;
  Columns& columns_;
  const ImportedGroup& group_;
  const MergeOptions& options_;
  std::vector<OldRow> old_;
  Ranges old_addresses_;
  std::map<Fields, Bucket> old_buckets_;
  std::map<Fields, Bucket> buckets_;
};

GroupMerge::OldRow GroupMerge::read_row(std::size_t line) {
  OldRow row{line, {}, document_.fields_of(line)};
  const std::size_t address = columns_.of("address");
  const auto target = target_in(row.fields[address]);
  ROLLCALL_CHECK(target.has_value());  // CsvDocument::parse() has validated it
  row.range = target->range;
  row.fields[address].clear();
  const std::size_t ports = columns_.of("ports");
  row.fields.resize(columns_.size());
  if (target->port) {
    row.fields[ports] = ports_text(std::span(&*target->port, 1));
  } else if (const auto parsed = ports_in(row.fields[ports])) {
    row.fields[ports] = ports_text(*parsed);
  }
  return row;
}

void GroupMerge::read_old() {
  std::vector<AddressRange> ranges;
  for (const std::size_t line : document_.rows_of(group_.name)) {
    OldRow row = read_row(line);
    Bucket& bucket = old_buckets_[row.fields];
    bucket.ranges.push_back(row.range);
    bucket.lines.push_back(line);
    ranges.push_back(row.range);
    old_.push_back(std::move(row));
  }
  old_addresses_ = compact(std::move(ranges));
}

bool GroupMerge::agree(std::size_t column) const {
  return std::ranges::all_of(old_, [this, column](const OldRow& row) {
    return row.fields[column] == old_.front().fields[column];
  });
}

// A parent or note belongs to the group, so it is set on every line of the group.
void GroupMerge::set_facts(Fields& fields) const {
  const auto set = [&](const char* column, const std::string& option, const std::string& source) {
    const std::string& value = option.empty() ? source : option;
    if (value.empty()) return;
    fields[columns_.of(column)] = value;
  };
  set("parent", options_.parent, group_.parent);
  set("note", options_.note, group_.note);
}

void GroupMerge::put(Fields fields, const Saying& saying, const Ranges& ranges, std::size_t line) {
  fields[columns_.of("group")] = group_.name;
  if (!ports_of(saying).empty()) fields[columns_.of("ports")] = ports_text(ports_of(saying));
  const std::optional<Expect> expect = saying.expect ? saying.expect : options_.expect;
  if (expect) {
    std::string& field = fields[columns_.of("expect")];
    // An empty field means open, so an old line does not change only to state it.
    const bool implied = *expect == Expect::kOpen && field.empty() && !old_.empty();
    if (!implied) field = text_of(*expect);
  }
  set_facts(fields);
  Bucket& bucket = buckets_[std::move(fields)];
  std::ranges::copy(ranges, std::back_inserter(bucket.ranges));
  bucket.lines.push_back(line);
}

Result<void> GroupMerge::place(const Saying& saying, const Ranges& ranges) {
  const bool ports_said = !ports_of(saying).empty();
  Ranges open = ranges;
  for (const OldRow& row : old_) {
    const Ranges kept = intersection(open, {row.range});
    if (kept.empty()) continue;
    put(row.fields, saying, kept, row.line);
    // If the ports are given, an address needs one line; otherwise each of its lines stays.
    if (ports_said) open = difference(open, kept);
  }
  const Ranges fresh = difference(ranges, old_addresses_);
  return fresh.empty() ? Result<void>() : place_new(saying, fresh);
}

Result<void> GroupMerge::place_new(const Saying& saying, const Ranges& ranges) {
  const bool ports_said = !ports_of(saying).empty();
  const bool expect_said = saying.expect || options_.expect;
  const std::string first = ranges.front().to_string();
  if (!ports_said && (old_.empty() || !agree(columns_.of("ports")))) {
    return fail(ErrorCode::kUsage,
                fmt::format("group {} {}, so the ports of {} are not known; say them with -p",
                            in_quotes(group_.name),
                            old_.empty() ? "is new" : "has lines with different ports", first));
  }
  if (!expect_said && !agree(columns_.of("expect"))) {
    return fail(ErrorCode::kUsage,
                fmt::format("group {} has lines with different expectations, so that of {} is not "
                            "known; say it with --expect",
                            in_quotes(group_.name), first));
  }
  Fields fields(columns_.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!old_.empty() && agree(i)) fields[i] = old_.front().fields[i];
  }
  put(std::move(fields), saying, ranges, old_.empty() ? kNowhere : old_.back().line);
  return {};
}

bool GroupMerge::unchanged(const Fields& fields, const Bucket& bucket) const {
  const auto before = old_buckets_.find(fields);
  return before != old_buckets_.end() && compact(before->second.ranges) == compact(bucket.ranges);
}

std::string GroupMerge::rows_text(const Fields& fields, const Ranges& ranges) {
  const std::size_t address = columns_.of("address");
  std::string text;
  for (const AddressRange& range : ranges) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!columns_.is_written(i)) continue;
      if (i > 0) text += ',';
      text += i == address ? range.to_string() : csv_text(fields[i]);
    }
    text += document_.line_end();
  }
  return text;
}

Result<void> GroupMerge::run() {
  read_old();
  for (const auto& [saying, ranges] : sayings_of(group_.targets)) {
    if (const auto placed = place(saying, ranges); !placed) return placed;
  }
  for (const auto& [fields, bucket] : buckets_) {
    if (!unchanged(fields, bucket)) columns_.note_values(fields);
  }
  return {};
}

std::vector<const std::pair<const Fields, GroupMerge::Bucket>*> GroupMerge::in_address_order()
    const {
  std::vector<const std::pair<const Fields, Bucket>*> entries;
  entries.reserve(buckets_.size());
  for (const auto& entry : buckets_) entries.push_back(&entry);
  std::ranges::sort(entries, {}, [](const auto* entry) {
    return std::ranges::min(entry->second.ranges, {}, &AddressRange::first).first;
  });
  return entries;
}

void GroupMerge::write(std::map<std::size_t, std::string>& replaced, std::string& appended) {
  const std::string_view line_end = document_.line_end();
  for (const OldRow& row : old_) replaced[row.line];
  for (const auto* entry : in_address_order()) {
    const auto& [fields, bucket] = *entry;
    const auto before = old_buckets_.find(fields);
    if (unchanged(fields, bucket)) {
      for (const std::size_t line : before->second.lines) {
        std::string kept(document_.line(line));
        append_line(kept, replaced[line], line_end);
        replaced[line] = std::move(kept);
      }
      continue;
    }
    const std::size_t line = before != old_buckets_.end() ? before->second.lines.front()
                                                          : std::ranges::min(bucket.lines);
    append_line(line == kNowhere ? appended : replaced[line],
                rows_text(fields, compact(bucket.ranges)), line_end);
  }
}

std::string header_text(const CsvDocument& document, const Columns& columns) {
  std::string text(document.header_line() ? content_of(document.line(*document.header_line()))
                                          : "");
  for (std::size_t i = document.columns().size(); i < columns.size(); ++i) {
    if (!columns.is_written(i)) continue;
    if (i > 0) text += ',';
    text += columns.name(i);
  }
  return text + std::string(document.line_end());
}

}  // namespace

std::string ports_text(std::span<const Port> ports) {
  std::string text;
  for (std::size_t i = 0; i < ports.size();) {
    std::size_t last = i;
    while (last + 1 < ports.size() && ports[last + 1].value == ports[last].value + 1) ++last;
    // Two consecutive ports are easier to read as separate values.
    if (last < i + 2) last = i;
    if (!text.empty()) text += ';';
    text += last == i ? fmt::format("{}", ports[i].value)
                      : fmt::format("{}-{}", ports[i].value, ports[last].value);
    i = last + 1;
  }
  return text;
}

Result<std::string> merge(const CsvDocument& document, std::span<const ImportedGroup> groups,
                          const MergeOptions& options) {
  Columns columns(document.columns());
  std::vector<GroupMerge> merges;
  merges.reserve(groups.size());
  for (const ImportedGroup& group : groups) {
    merges.emplace_back(document, columns, group, options);
    if (const auto merged = merges.back().run(); !merged) return std::unexpected(merged.error());
  }
  std::map<std::size_t, std::string> replaced;
  std::string appended;
  for (GroupMerge& each : merges) each.write(replaced, appended);
  const std::string header = header_text(document, columns);
  std::string text;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const auto edit = replaced.find(i);
    const bool is_header = document.header_line() == i;
    if (is_header && content_of(document.line(i)) != content_of(header)) {
      append_line(text, header, document.line_end());
    } else {
      append_line(text, edit != replaced.end() ? edit->second : document.line(i),
                  document.line_end());
    }
  }
  if (!document.header_line()) append_line(text, header, document.line_end());
  append_line(text, appended, document.line_end());
  return text;
}

}  // namespace rollcall::inventory
