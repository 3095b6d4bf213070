#include "cli/render/group_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cli/render/group_text.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"
#include "scheduler/verdict/parent_verdict.h"

namespace rollcall::cli {
namespace {

using inventory::TargetTable;
using verdict::GroupReport;
using verdict::GroupVerdict;
using verdict::ParentDown;
using verdict::TargetProgress;

// Limits the name column, so that one long name does not push every verdict off the screen.
constexpr std::size_t kNameColumnsMax = 40;

struct Line {
  std::string name;
  GroupVerdict verdict;
  std::string details;
  std::vector<std::string> below;  // indented
  std::size_t groups = 1;
};

Line line_of(const TargetTable& table, const GroupReport& report,
             std::span<const TargetProgress> states) {
  const inventory::Group& group = table.group(report.group);
  Line line{.name = printable(group.name),
            .verdict = report.verdict,
            .details = group_details(table, report, states),
            .below = {}};
  if (!group.note.empty()) line.below.push_back("note: " + note_text(group.note));
  return line;
}

// A parent's line keeps the notes of its groups: the note on one of forty servers may explain the
// outage of the whole rack.
std::vector<std::string> notes_of(const TargetTable& table, std::span<const GroupIndex> groups) {
  std::vector<std::string> notes;
  std::size_t left_out = 0;
  for (const GroupIndex index : groups) {
    const inventory::Group& group = table.group(index);
    if (group.note.empty()) continue;
    if (notes.size() == kNotesMax) {
      ++left_out;
    } else {
      notes.push_back(fmt::format("note on {}: {}", printable(group.name), note_text(group.note)));
    }
  }
  if (left_out > 0) notes.push_back(counted(left_out, "more note") + " (--all lists them)");
  return notes;
}

Line line_of(const TargetTable& table, const ParentDown& parent, bool with_notes) {
  return {.name = printable(parent.parent),
          .verdict = GroupVerdict::kDown,
          .details = parent_details(table, parent),
          .below = with_notes ? notes_of(table, parent.groups) : std::vector<std::string>{},
          .groups = parent.groups.size()};
}

Line line_of_everything(const TargetTable& table, bool with_notes) {
  ParentDown everything{.parent = "everything", .groups = {}, .addresses = table.addresses()};
  for (std::uint32_t i = 0; i < table.groups().size(); ++i) everything.groups.push_back({i});
  Line line = line_of(table, everything, with_notes);
  std::vector<std::string> below{
      "no address answers at all: look at what all of them share, such as a router, a switch or a "
      "firewall"};
  std::ranges::move(line.below, std::back_inserter(below));
  line.below = std::move(below);
  return line;
}

// The lines that cover several groups: for all groups, or for each parent that is down.
std::vector<Line> lines_of_many(const TargetTable& table, std::span<const GroupReport> reports) {
  std::vector<Line> lines;
  if (is_everything_down(table, reports)) return {line_of_everything(table, false)};
  for (const ParentDown& parent : parents_down(table, reports)) {
    lines.push_back(line_of(table, parent, false));
  }
  return lines;
}

// A parent's line replaces the line of its first group.
std::vector<Line> folded_lines(const TargetTable& table, std::span<const GroupReport> reports,
                               std::span<const TargetProgress> states) {
  if (is_everything_down(table, reports)) return {line_of_everything(table, true)};
  const std::vector<ParentDown> parents = parents_down(table, reports);
  std::unordered_set<std::string_view> is_down;
  for (const ParentDown& parent : parents) is_down.insert(parent.parent);
  auto next = parents.begin();
  std::vector<Line> lines;
  for (const GroupReport& report : reports) {
    if (next != parents.end() && next->groups.front() == report.group) {
      lines.push_back(line_of(table, *next++, true));
    } else if (!is_down.contains(table.group(report.group).parent)) {
      lines.push_back(line_of(table, report, states));
    }
  }
  return lines;
}

// Groups that are up come first, so that the lines to act on are nearest to the prompt.
std::vector<Line> all_lines(const TargetTable& table, std::span<const GroupReport> reports,
                            std::span<const TargetProgress> states) {
  std::vector<bool> is_up(table.groups().size(), true);
  for (const GroupReport& report : reports) is_up[report.group.value] = false;
  std::vector<Line> lines;
  for (std::size_t i = 0; i < is_up.size(); ++i) {
    if (!is_up[i]) continue;
    const inventory::Group& group = table.groups()[i];
    lines.push_back({.name = printable(group.name),
                     .verdict = GroupVerdict::kUp,
                     .details = fmt::format("{0} of {0} answer", group.addresses),
                     .below = {}});
  }
  for (const GroupReport& report : reports) lines.push_back(line_of(table, report, states));
  std::ranges::move(lines_of_many(table, reports), std::back_inserter(lines));
  return lines;
}

int severity(GroupVerdict verdict) {
  switch (verdict) {
    case GroupVerdict::kDown:
      return 4;
    case GroupVerdict::kPartial:
      return 3;
    case GroupVerdict::kServiceDown:
      return 2;
    case GroupVerdict::kUnknown:
      return 1;
    case GroupVerdict::kUp:
      break;
  }
  return 0;
}

// Keeps the most severe lines, in their order, and returns the number of omitted groups. So a
// hundred closed ports do not hide one server that is partly up.
std::size_t cut(std::vector<Line>& lines) {
  if (lines.size() <= kGroupLinesMax) return 0;
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::pair(-severity(lines[i].verdict), i); });
  std::size_t left_out = 0;
  for (std::size_t i = kGroupLinesMax; i < order.size(); ++i) left_out += lines[order[i]].groups;
  order.resize(kGroupLinesMax);
  std::ranges::sort(order);
  std::vector<Line> kept;
  kept.reserve(order.size());
  for (const std::size_t i : order) kept.push_back(std::move(lines[i]));
  lines = std::move(kept);
  return left_out;
}

// The terminal columns of a name, at most kNameColumnsMax. fmt knows the width of non-ASCII
// characters, and each column of padding is one byte. So the padding gives the width.
std::size_t name_columns(const std::string& name) {
  return name.size() + kNameColumnsMax - fmt::formatted_size("{:<{}}", name, kNameColumnsMax);
}

void write_lines(std::ostream& out, const std::vector<Line>& lines) {
  std::size_t name_width = 0;
  std::size_t verdict_width = 0;
  for (const Line& line : lines) {
    name_width = std::max(name_width, name_columns(line.name));
    verdict_width = std::max(verdict_width, to_string(line.verdict).size());
  }
  for (const Line& line : lines) {
    out << fmt::format("{:<{}}  {:<{}}  {}\n", line.name, name_width, verdict_text(line.verdict),
                       verdict_width, line.details);
    for (const std::string& text : line.below) out << "    " << text << '\n';
  }
}

}  // namespace

void write_group_lines(std::ostream& out, const TargetTable& table,
                       std::span<const GroupReport> groups_not_up,
                       std::span<const TargetProgress> states, bool all) {
  std::vector<Line> lines =
      all ? all_lines(table, groups_not_up, states) : folded_lines(table, groups_not_up, states);
  const std::size_t left_out = all ? 0 : cut(lines);
  write_lines(out, lines);
  if (left_out > 0) {
    out << "and " << counted(left_out, "more group") << " (--all lists them)\n";
  }
}

}  // namespace rollcall::cli
