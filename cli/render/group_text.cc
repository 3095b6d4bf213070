#include "cli/render/group_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/render/name_ranges.h"
#include "cli/render/sweep_parts.h"
#include "engine/base/text/printable.h"
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
       std::span(services).first(std::min(services.size(), kRangesMax))) {
    text += fmt::format("; port {} {} on {}", service.port.value, to_string(service.state),
                        ranges_text(service.addresses));
  }
  if (services.size() > kRangesMax) {
    text += fmt::format("; and {}", counted(services.size() - kRangesMax, "more port"));
  }
  return text;
}

// Cuts a text, but never within a UTF-8 sequence: its continuation bytes are 10xxxxxx (RFC 3629
// section 3).
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  constexpr std::size_t kSequenceMax = 4;
  std::size_t end = bytes_max;
  while (end > bytes_max - kSequenceMax && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::string counted(std::uint64_t count, std::string_view noun) {
  const std::string_view plural = count == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count, noun, plural);
}

std::string ranges_text(std::span<const AddressRange> ranges, std::size_t ranges_max) {
  std::string text;
  for (const AddressRange& range : ranges.first(std::min(ranges.size(), ranges_max))) {
    text += (text.empty() ? "" : ", ") + range.to_string();
  }
  if (ranges.size() > ranges_max) {
    text += fmt::format(" and {}", counted(ranges.size() - ranges_max, "more range"));
  }
  return text;
}

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
  const std::string_view kept = cut(note, kNoteBytesMax);
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
                     counted(parent.addresses, "address"), name_ranges(names, kRangesMax));
}

}  // namespace rollcall::cli
