#include "cli/render/waiting_line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "cli/process/say.h"
#include "cli/render/group_text.h"
#include "cli/render/terminal_line.h"
#include "engine/base/text/duration.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"

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

std::string left_text(Duration left) {
  return duration_text(std::max<Duration>(left, Duration::zero())) + " left";
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
  const bool changed = state.changed || !failure_.empty();
  failure_.clear();
  show_text(waiting_text(table, result),
            state.good > 0 ? fmt::format("good so far: {}, to be sure", state.good)
                           : left_text(state.left),
            changed);
}

void WaitingLine::show_failure(const std::string& reason, Duration left) {
  const bool changed = failure_ != reason;
  failure_ = reason;
  show_text("cannot tell: " + reason, left_text(left), changed);
}

void WaitingLine::show_text(const std::string& text, const std::string& end_of_line, bool changed) {
  if (quiet_) return;
  if (!terminal_) {
    if (changed) say("{} {}\n", time_of_day(), text);
    return;
  }
  const std::size_t columns = line_columns();
  const std::size_t room = columns - std::min(columns, end_of_line.size() + 4);
  rewrite_line(fmt::format("{:.{}}  ({})", text, room, end_of_line));
  shown_ = true;
}

void WaitingLine::note(const std::string& text) const {
  if (!quiet_) say("rollcall: note: {}\n", text);
}

WaitingLine::~WaitingLine() {
  if (shown_) rewrite_line("");
}

}  // namespace rollcall::cli
