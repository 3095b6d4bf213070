#include "cli/render/group_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/render/name_ranges.h"
#include "cli/render/sweep_parts.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"
#include "scheduler/verdict/group_pattern.h"

namespace rollcall::cli {
namespace {

using inventory::TargetTable;
using verdict::GroupReport;
using verdict::TargetProgress;

// "; port 80 closed on 10.0.43.1-10.0.43.254" for each port that fails.
std::string services_text(const TargetTable& table, const GroupReport& report,
                          std::span<const TargetProgress> states) {
  const std::vector<ServiceReport> services = services_of(table, states, report);
  std::string text;
  for (const ServiceReport& service :
       std::span(services).first(std::min(services.size(), kRangesShownMax))) {
    text += fmt::format("; port {} {} on {}", service.port.value, to_string(service.state),
                        ranges_text(service.addresses));
  }
  if (services.size() > kRangesShownMax) {
    text += fmt::format("; and {}", counted(services.size() - kRangesShownMax, "more port"));
  }
  return text;
}

}  // namespace

std::string missing_ranges_text(const GroupReport& report, std::size_t ranges_max) {
  return ranges_text(report.missing_ranges, ranges_max);
}

std::string verdict_text(verdict::GroupVerdict verdict) {
  std::string text(to_string(verdict));
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string group_details(const TargetTable& table, const GroupReport& report,
                          std::span<const TargetProgress> states) {
  const std::string pattern = describe_pattern(table, report);
  const std::string hint = pattern.empty() ? "" : fmt::format(" ({})", pattern);
  const std::string services = services_text(table, report, states);
  std::string text = fmt::format("{} of {} answer", report.answering, report.expected);
  // The pattern describes the missing addresses if there are any, else the services.
  if (report.missing > 0) {
    text += "; missing " + missing_ranges_text(report) + hint + services;
  } else {
    text += services + hint;
  }
  if (report.unknown > 0) text += "; unknown " + ranges_text(report.unknown_ranges);
  if (report.unknown_targets > 0) {
    text += fmt::format("; {} unknown", counted(report.unknown_targets, "port"));
  }
  return text;
}

std::string note_text(std::string_view note) {
  const std::string kept = clipped(note, kNoteBytesMax);
  std::string one_line;
  for (const char c : kept) {
    if (c == '\n') {
      one_line += " / ";
    } else if (c != '\r') {
      one_line += c;
    }
  }
  return printable(one_line) + (kept.size() < note.size() ? " [...]" : "");
}

std::string parent_details(const TargetTable& table, const verdict::ParentDown& parent) {
  std::vector<std::string_view> names;
  names.reserve(parent.groups.size());
  for (const GroupIndex group : parent.groups) names.push_back(table.group(group).name);
  return fmt::format("all {} groups asked ({}): {}", parent.groups.size(),
                     counted(parent.addresses, "address"), name_ranges(names, kRangesShownMax));
}

}  // namespace rollcall::cli
