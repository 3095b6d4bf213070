#include "cli/waiting_line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "cli/duration.h"
#include "cli/printable.h"
#include "cli/render_group.h"
#include "cli/say.h"
#include "cli/terminal_line.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kGroupsMax = 5;
constexpr std::size_t kRangesShown = 4;

std::string group_text(const inventory::TargetTable& table, const verdict::GroupReport& report) {
  std::string text = fmt::format("{}: {} of {} answer", printable(table.group(report.group).name),
                                 report.answering, report.expected);
  if (report.missing > 0) text += ", missing " + missing_ranges_text(report, kRangesShown);
  if (report.verdict == verdict::GroupVerdict::kServiceDown) {
    text += fmt::format(", {} not up", counted(report.not_as_expected.size(), "service"));
  }
  return text;
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:%H:%M:%S}", local);
}

}  // namespace

std::string waiting_text(const inventory::TargetTable& table, const sweep::SweepResult& result) {
  if (!result.conclusive && !result.inconclusive_reasons.empty()) {
    return "cannot tell: " + result.inconclusive_reasons.front();
  }
  if (result.groups_not_up.empty()) {
    return table.addresses() == 1 ? "the one address answers"
                                  : fmt::format("all {} addresses answer", table.addresses());
  }
  std::string text;
  const std::size_t shown = std::min(result.groups_not_up.size(), kGroupsMax);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : "; ") + group_text(table, result.groups_not_up[i]);
  }
  if (shown < result.groups_not_up.size()) {
    text += fmt::format("; and {}", counted(result.groups_not_up.size() - shown, "more group"));
  }
  return text;
}

WaitingLine::WaitingLine(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

void WaitingLine::show(const inventory::TargetTable& table, const sweep::SweepResult& result,
                       const State& state) {
  if (quiet_) return;
  const std::string text = waiting_text(table, result);
  if (!terminal_) {
    if (state.changed) say("{} {}\n", time_of_day(), text);
    return;
  }
  const std::string left =
      state.good > 0 ? fmt::format("good so far: {}, to be sure", state.good)
                     : duration_text(std::max<Duration>(state.left, Duration::zero())) + " left";
  const std::size_t columns = line_columns();
  const std::size_t room = columns - std::min(columns, left.size() + 4);
  rewrite_line(fmt::format("{:.{}}  ({})", text, room, left));
  shown_ = true;
}

void WaitingLine::note(const std::string& text) const {
  if (!quiet_) say("rollcall: note: {}\n", text);
}

WaitingLine::~WaitingLine() {
  if (shown_) rewrite_line("");
}

}  // namespace rollcall::cli
