#include "cli/render/sweep_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/render/group_lines.h"
#include "cli/render/group_text.h"
#include "cli/render/sweep_parts.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"
#include "scheduler/verdict/parent_verdict.h"

namespace rollcall::cli {
namespace {

using inventory::TargetTable;
using sweep::SweepResult;
using verdict::GroupReport;
using verdict::GroupVerdict;

void write_doubts(std::ostream& out, const SweepResult& result) {
  if (result.conclusive) return;
  out << "INCONCLUSIVE: what does not answer below may be our own trouble, not an outage.\n";
  for (const std::string& reason : result.inconclusive_reasons) {
    out << "  " << printable(reason) << '\n';
  }
  out << '\n';
}

// "INTRO 3 late, 1 rejected." with the counts that are not zero, or "".
using NamedCount = std::pair<std::uint64_t, std::string_view>;
std::string counts_text(std::string_view intro, std::initializer_list<NamedCount> counts) {
  std::string text;
  for (const auto& [count, name] : counts) {
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text.empty() ? text : fmt::format("{} {}.\n", intro, text);
}

// Whether the reasons at the top already contain this finding, alone or after the number of targets
// that could not be judged.
bool is_reason(const SweepResult& result, const sweep::Finding& finding) {
  return !result.conclusive &&
         std::ranges::any_of(result.inconclusive_reasons, [&](const std::string& reason) {
           return reason.ends_with(finding.text);
         });
}

void write_figures(std::ostream& out, const TargetTable& table, const SweepResult& result) {
  const sweep::PathFigures& path = result.path;
  const std::chrono::duration<double> seconds = result.duration;
  // Very few probes have no measurable rate.
  const std::string rate = path.rate_pps < 1 ? "" : fmt::format(" at {:.0f}/s", path.rate_pps);
  const std::string_view limited =
      path.group_rate_limits ? " (limited by --group-rate, not by --rate)" : "";
  out << fmt::format("Asked {} in {:.2f} s: {}{}{} over {}, {}", counted(table.size(), "target"),
                     seconds.count(), counted(path.probes_sent, "probe"), rate, limited,
                     printable(path.lane),
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
  for (const sweep::Finding& finding : path.findings) {
    if (!is_reason(result, finding)) out << "Path: " << printable(finding.text) << ".\n";
  }
}

// Says how the missing targets were confirmed.
void write_certainty(std::ostream& out, const SweepResult& result) {
  const bool any_missing = std::ranges::any_of(
      result.groups_not_up, [](const GroupReport& report) { return report.missing > 0; });
  if (!any_missing) return;
  out << (result.rechecked
              ? "What is missing failed every probe, and then every full connect too.\n"
              : "Silence is not confirmed: nothing was rechecked by a full connect "
                "(--no-recheck).\n");
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

// Does not count an unknown group as "not up": that would report a problem of this host as an
// outage.
std::string summary(const TargetTable& table, const SweepResult& result) {
  const std::string addresses = counted(table.addresses(), "address");
  const std::string groups = counted(table.groups().size(), "group");
  if (result.groups_not_up.empty()) {
    return table.addresses() == 1 ? "The only address answers."
                                  : fmt::format("All {} in {} answer.", addresses, groups);
  }

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

// Limits the listed unknown groups, because after a Ctrl-C most of the fleet may be unknown.
constexpr std::size_t kUnknownShown = 8;

std::vector<GroupReport> without_most_unknown(const std::vector<GroupReport>& reports) {
  std::vector<GroupReport> shown;
  std::size_t unknown = 0;
  for (const GroupReport& report : reports) {
    if (report.verdict == GroupVerdict::kUnknown && ++unknown > kUnknownShown) continue;
    shown.push_back(report);
  }
  return shown;
}

}  // namespace

void render_text(std::ostream& out, const TargetTable& table, const SweepResult& result, bool all) {
  write_doubts(out, result);
  write_figures(out, table, result);
  write_certainty(out, result);
  if (all || !result.groups_not_up.empty()) {
    out << '\n';
    const auto shown = all ? result.groups_not_up : without_most_unknown(result.groups_not_up);
    write_group_lines(out, table, shown, result.states, all);
    if (const std::size_t left_out = result.groups_not_up.size() - shown.size(); left_out > 0) {
      out << fmt::format("and {} of which a part is unknown (--all lists them)\n",
                         counted(left_out, "group"));
    }
  }
  // The last line says it again, because some operators read only that line.
  out << (result.conclusive ? "\n" : "\nINCONCLUSIVE, see above: ") << summary(table, result)
      << '\n';
}

}  // namespace rollcall::cli
