#include "cli/render_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/printable.h"
#include "cli/render_parts.h"
#include "scheduler/verdict/group_pattern.h"

namespace rollcall::cli {
namespace {

using inventory::TargetTable;
using sweep::SweepResult;
using verdict::GroupReport;
using verdict::GroupVerdict;

// One long name must not push every verdict off the screen.
constexpr std::size_t kNameColumnsMax = 40;

std::string counted(std::uint64_t count, std::string_view noun) {
  const std::string_view plural = count == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count, noun, plural);
}

// "a, b and 12 more ranges".
std::string ranges_text(std::span<const AddressRange> ranges) {
  std::string text;
  for (const AddressRange& range : ranges.first(std::min(ranges.size(), kRangesMax))) {
    text += (text.empty() ? "" : ", ") + range.to_string();
  }
  if (ranges.size() > kRangesMax) {
    text += fmt::format(" and {}", counted(ranges.size() - kRangesMax, "more range"));
  }
  return text;
}

// "; port 80 closed on 10.0.43.1-10.0.43.254" for each port that fails.
std::string services_text(const TargetTable& table, const SweepResult& result,
                          const GroupReport& report) {
  const std::vector<Service> services = services_of(table, result, report);
  std::string text;
  for (const Service& service : std::span(services).first(std::min(services.size(), kRangesMax))) {
    text += fmt::format("; port {} {} on {}", service.port.value, to_string(service.state),
                        ranges_text(service.addresses));
  }
  if (services.size() > kRangesMax) {
    text += fmt::format("; and {}", counted(services.size() - kRangesMax, "more port"));
  }
  return text;
}

std::string details_text(const TargetTable& table, const SweepResult& result,
                         const GroupReport& report) {
  const std::string pattern = describe_pattern(table, report);
  const std::string hint = pattern.empty() ? "" : fmt::format(" ({})", pattern);
  const std::string services = services_text(table, result, report);
  std::string text = fmt::format("{} of {} answer", report.answering, report.expected);
  // The pattern speaks of the missing addresses when there are any, else of the services.
  if (report.missing > 0) {
    text += "; missing " + ranges_text(report.missing_ranges) + hint + services;
  } else {
    text += services + hint;
  }
  if (report.unknown > 0) text += "; unknown " + ranges_text(report.unknown_ranges);
  if (report.unknown_targets > 0) {
    text += fmt::format("; {} unknown", counted(report.unknown_targets, "port"));
  }
  return text;
}

struct GroupLine {
  std::string name;
  std::string verdict;
  std::string details;
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

GroupLine line_of(const TargetTable& table, const SweepResult& result, const GroupReport& report) {
  return {printable(table.group(report.group).name), upper(to_string(report.verdict)),
          details_text(table, result, report)};
}

// Groups that are up first: what to act on stands nearest to the prompt.
std::vector<GroupLine> lines_of_up(const TargetTable& table, const SweepResult& result) {
  std::vector<bool> is_up(table.groups().size(), true);
  for (const GroupReport& report : result.groups_not_up) is_up[report.group.value] = false;
  std::vector<GroupLine> lines;
  for (std::size_t i = 0; i < is_up.size(); ++i) {
    if (!is_up[i]) continue;
    const inventory::Group& group = table.groups()[i];
    lines.push_back({printable(group.name), upper(to_string(GroupVerdict::kUp)),
                     fmt::format("{0} of {0} answer", group.addresses)});
  }
  return lines;
}

// Columns on a terminal, at most kNameColumnsMax. Padding is one byte a column, and fmt knows the
// columns of what is not ASCII.
std::size_t name_columns(const std::string& name) {
  return name.size() + kNameColumnsMax - fmt::formatted_size("{:<{}}", name, kNameColumnsMax);
}

void write_lines(std::ostream& out, const std::vector<GroupLine>& lines) {
  std::size_t name_width = 0;
  std::size_t verdict_width = 0;
  for (const GroupLine& line : lines) {
    name_width = std::max(name_width, name_columns(line.name));
    verdict_width = std::max(verdict_width, line.verdict.size());
  }
  for (const GroupLine& line : lines) {
    out << fmt::format("{:<{}}  {:<{}}  {}\n", line.name, name_width, line.verdict, verdict_width,
                       line.details);
  }
}

void write_groups(std::ostream& out, const TargetTable& table, const SweepResult& result,
                  bool all) {
  std::vector<GroupLine> lines;
  if (all) lines = lines_of_up(table, result);
  const std::span<const GroupReport> reports(result.groups_not_up);
  const std::size_t shown = all ? reports.size() : std::min(reports.size(), kGroupLinesMax);
  for (const GroupReport& report : reports.first(shown)) {
    lines.push_back(line_of(table, result, report));
  }
  if (lines.empty()) return;
  out << '\n';
  write_lines(out, lines);
  if (shown < reports.size()) {
    out << "and " << counted(reports.size() - shown, "more group") << " (--all lists them)\n";
  }
}

void write_doubts(std::ostream& out, const SweepResult& result) {
  if (result.conclusive) return;
  out << "INCONCLUSIVE: what does not answer below may be our own trouble, not an outage.\n";
  for (const std::string& reason : result.inconclusive_reasons) {
    out << "  " << printable(reason) << '\n';
  }
  out << '\n';
}

// " name: 3 this, 1 that." of the counts that are not zero, or "".
using NamedCount = std::pair<std::uint64_t, std::string_view>;
std::string counts_text(std::string_view intro, std::initializer_list<NamedCount> counts) {
  std::string text;
  for (const auto& [count, name] : counts) {
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text.empty() ? text : fmt::format("{} {}.\n", intro, text);
}

void write_figures(std::ostream& out, const TargetTable& table, const SweepResult& result) {
  const sweep::PathFigures& path = result.path;
  const std::chrono::duration<double> seconds = result.duration;
  out << fmt::format("Asked {} in {:.2f} s: {} at {:.0f}/s over {}, {}",
                     counted(table.size(), "target"), seconds.count(),
                     counted(path.probes_sent, "probe"), path.rate_pps, printable(path.lane),
                     path.replies == 1 ? "1 reply" : fmt::format("{} replies", path.replies));
  if (has_rtt(path)) {
    out << fmt::format("; round trip p50 {} ms, p99 {} ms", round_to_thousandths(path.rtt_p50_ms),
                       round_to_thousandths(path.rtt_p99_ms));
  }
  out << ".\n"
      << counts_text(
             "Also heard:",
             {{path.late, "late"}, {path.duplicate, "duplicate"}, {path.rejected, "rejected"}})
      << counts_text("Lost on our own side:", {{path.send_errors, "not sent"},
                                               {path.ring_drops, "in our ring"},
                                               {path.capture_drops, "in the capture ring"},
                                               {path.kernel_drops, "in the kernel"}});
}

void write_no_recheck(std::ostream& out, const SweepResult& result) {
  const bool any_missing = std::ranges::any_of(
      result.groups_not_up, [](const GroupReport& report) { return report.missing > 0; });
  if (result.rechecked || !any_missing) return;
  out << "Silence is not confirmed: nothing was rechecked by a full connect (--no-recheck).\n";
}

std::size_t count_of(const SweepResult& result, GroupVerdict verdict) {
  return static_cast<std::size_t>(
      std::ranges::count(result.groups_not_up, verdict, &GroupReport::verdict));
}

// "2 down, 1 partial".
std::string outages_text(const SweepResult& result) {
  std::string text;
  for (const auto verdict :
       {GroupVerdict::kDown, GroupVerdict::kPartial, GroupVerdict::kServiceDown}) {
    const std::size_t count = count_of(result, verdict);
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(verdict));
  }
  return text;
}

std::uint64_t answering_addresses(const TargetTable& table, const SweepResult& result) {
  std::uint64_t answering = table.addresses();
  for (const GroupReport& report : result.groups_not_up) {
    answering -= report.expected - report.answering;
  }
  return answering;
}

// A group of which nothing is known is not said to be "not up": that would be an outage made of our
// own trouble.
std::string summary(const TargetTable& table, const SweepResult& result) {
  const std::string addresses = counted(table.addresses(), "address");
  const std::string groups = counted(table.groups().size(), "group");
  if (result.groups_not_up.empty()) return fmt::format("All {} in {} answer.", addresses, groups);

  const std::size_t unknown = count_of(result, GroupVerdict::kUnknown);
  const std::size_t not_up = result.groups_not_up.size() - unknown;
  const auto verb = [](std::size_t count) { return count == 1 ? "is" : "are"; };
  std::string text = fmt::format("{} of {} answer", answering_addresses(table, result), addresses);
  if (not_up > 0) {
    text += fmt::format("; {} of {} {} not up ({})", not_up, groups, verb(not_up),
                        outages_text(result));
  }
  if (unknown > 0) text += fmt::format("; {} of {} {} unknown", unknown, groups, verb(unknown));
  return text + ".";
}

}  // namespace

void render_text(std::ostream& out, const TargetTable& table, const SweepResult& result, bool all) {
  write_doubts(out, result);
  write_figures(out, table, result);
  write_no_recheck(out, result);
  write_groups(out, table, result, all);
  // Who reads only the last line must not miss it.
  out << (result.conclusive ? "\n" : "\nINCONCLUSIVE, see above: ") << summary(table, result)
      << '\n';
}

}  // namespace rollcall::cli
