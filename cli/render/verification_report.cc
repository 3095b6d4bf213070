#include "cli/render/verification_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

#include "cli/render/group_lines.h"
#include "cli/render/group_text.h"
#include "cli/render/sweep_json.h"
#include "cli/render/sweep_parts.h"
#include "engine/base/text/duration.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"

namespace rollcall::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kNamesMax = 8;

std::string group_names(const inventory::TargetTable& table) {
  std::string names;
  const auto groups = table.groups();
  for (std::size_t i = 0; i < std::min(groups.size(), kNamesMax); ++i) {
    names += (i == 0 ? "" : ", ") + printable(groups[i].name);
  }
  if (groups.size() > kNamesMax) names += fmt::format(" and {} more", groups.size() - kNamesMax);
  return names;
}

// The number of targets that do not answer now but did earlier in this verification.
std::uint32_t answered_earlier(const VerifyReport& report) {
  std::uint32_t count = 0;
  for (std::uint32_t place = 0; place < report.table.size(); ++place) {
    const auto verdict = verdict::verdict_of(report.last.states[place]);
    const bool answers =
        verdict == verdict::TargetVerdict::kOpen || verdict == verdict::TargetVerdict::kClosed;
    if (!answers && report.memory.ever_answered({place})) ++count;
  }
  return count;
}

void write_context(std::ostream& out, const VerifyReport& report) {
  out << fmt::format("Verified {} from {} on, {}, {}.\n", group_names(report.table),
                     utc_text(report.started_at), duration_text(report.took),
                     counted(report.memory.sweeps(), "sweep"));
  if (!report.by.empty()) out << "By: " << printable(report.by) << '\n';
  if (!report.note.empty()) out << "Note: " << printable(report.note) << '\n';
}

void write_success(std::ostream& out, const VerifyReport& report) {
  const std::uint64_t addresses = report.table.addresses();
  const auto after = report.memory.all_answered_after();
  out << fmt::format(
      "UP: {} answer, in {}{}; the last one had answered {} after "
      "the start.\n",
      addresses == 1 ? "the one address does" : fmt::format("all {} addresses", addresses),
      counted(report.memory.good_in_row(), "sweep"),
      report.memory.good_in_row() == 1 ? "" : " in a row",
      duration_text(after.value_or(report.took)));
}

void write_failure(std::ostream& out, const VerifyReport& report) {
  for (const std::string& reason : report.last.inconclusive_reasons) {
    out << "INCONCLUSIVE: " << printable(reason) << '\n';
  }
  write_group_lines(out, report.table, report.last.groups_not_up, report.last.states, false);
  std::uint32_t missing = 0;
  for (const verdict::GroupReport& group : report.last.groups_not_up) missing += group.missing;
  const std::uint32_t earlier = answered_earlier(report);
  if (missing > 0) {
    out << fmt::format("{} of {} did not answer within {}{}.\n", missing,
                       counted(report.table.addresses(), "address"), duration_text(report.took),
                       earlier == 0
                           ? ", and never did"
                           : fmt::format("; {} of them did earlier", counted(earlier, "target")));
  }
}

void render_text(std::ostream& out, const VerifyReport& report) {
  write_context(out, report);
  report.memory.passed() ? write_success(out, report) : write_failure(out, report);
}

void render_json(std::ostream& out, const VerifyReport& report) {
  ordered_json names = ordered_json::array();
  for (const inventory::Group& group : report.table.groups()) names.push_back(group.name);
  ordered_json not_up = ordered_json::array();
  for (const verdict::GroupReport& group : report.last.groups_not_up) {
    not_up.push_back(group_json(report.table, report.last, group));
  }
  const auto seconds = [](Duration d) {
    return round_to_thousandths(std::chrono::duration<double>(d).count());
  };
  const auto after = report.memory.all_answered_after();
  const ordered_json document{
      {"schema", "rollcall.verify/1"},
      {"started_at", utc_text(report.started_at)},
      {"duration_s", seconds(report.took)},
      {"verified", report.memory.passed()},
      {"conclusive", report.last.conclusive},
      {"inconclusive_reasons", report.last.inconclusive_reasons},
      {"by", report.by},
      {"note", report.note},
      {"groups", names},
      {"targets", report.table.size()},
      {"addresses", report.table.addresses()},
      {"sweeps", report.memory.sweeps()},
      {"good_in_row", report.memory.good_in_row()},
      {"stable", report.stable},
      {"all_answered_after_s", after ? ordered_json(seconds(*after)) : ordered_json(nullptr)},
      {"answered_earlier", answered_earlier(report)},
      {"groups_not_up", not_up}};
  out << json_text(document) << '\n';
}

}  // namespace

void render_verification(std::ostream& out, const VerifyReport& report, Format format) {
  format == Format::kJson ? render_json(out, report) : render_text(out, report);
}

}  // namespace rollcall::cli
