#include "scheduler/watch/incidents/incident_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/base/text/utc_text.h"
#include "scheduler/verdict/group_pattern.h"

namespace rollcall::watch {
namespace {

using inventory::TargetTable;
using verdict::GroupReport;

constexpr std::size_t kRangesInSentenceMax = 8;

std::vector<std::string> listed(const std::vector<AddressRange>& ranges) {
  std::vector<std::string> texts;
  for (const AddressRange& range : ranges) {
    if (texts.size() == kRangesListedMax) {
      texts.push_back(fmt::format("and {} more ranges", ranges.size() - kRangesListedMax));
      break;
    }
    texts.push_back(range.to_string());
  }
  return texts;
}

std::string in_words(const std::vector<std::string>& ranges) {
  const std::size_t named = std::min(ranges.size(), kRangesInSentenceMax);
  const std::string text =
      fmt::format("{}", fmt::join(ranges.begin(), ranges.begin() + named, ", "));
  if (named == ranges.size()) return text;
  return fmt::format("{} and {} more", text, ranges.size() - named);
}

std::vector<AddressRange> closed_ranges(const TargetTable& table, const GroupReport& report) {
  std::vector<AddressRange> ranges;
  for (const TargetIndex target : report.not_as_expected) {
    verdict::append_address(ranges, table[target].address);
  }
  return ranges;
}

std::string_view in_words(Trouble trouble) {
  switch (trouble) {
    case Trouble::kFailing:
      return "failing";
    case Trouble::kCannotJudge:
      return "cannot judge";
    case Trouble::kUnstable:
      return "unstable";
    case Trouble::kServiceDown:
      return "service down";
    case Trouble::kPartial:
      return "partial";
    case Trouble::kPartialAfterReboot:
      return "partial after a reboot";
    case Trouble::kDown:
      return "down";
  }
  return "";
}

// The part of the sentence about missing addresses that have never answered.
std::string never_answered_text(const Incident& incident) {
  if (incident.never_answered == 0) return "";
  const std::uint32_t missing = incident.expected - incident.answering;
  if (incident.never_answered == missing) return ", never answered since listed";
  return fmt::format(", {} of them never answered since listed", incident.never_answered);
}

std::string sentence_of(const Incident& incident, const std::string& pattern) {
  if (incident.missing.empty() && incident.closed.empty()) {
    return fmt::format("all {} answer at present", incident.expected);
  }
  std::string text = fmt::format("{}: {} of {} answer", in_words(incident.now), incident.answering,
                                 incident.expected);
  const std::string hint = pattern.empty() ? "" : fmt::format(" ({})", pattern);
  if (!incident.missing.empty()) {
    text += fmt::format("; missing {}{}{}", in_words(incident.missing), hint,
                        never_answered_text(incident));
  }
  if (!incident.closed.empty()) {
    text += fmt::format("; service not as expected on {}{}", in_words(incident.closed),
                        incident.missing.empty() ? hint : "");
  }
  return text;
}

// "2026-01-05 03:10 UTC"
std::string minute_text(WallTime at) {
  std::string text = utc_text(at).substr(0, 16);
  std::ranges::replace(text, 'T', ' ');
  return text + " UTC";
}

std::string because(std::string_view reason) {
  return reason.empty() ? "" : fmt::format(", because {}", reason);
}

std::string unjudged_text(const FleetStatus& view, GroupIndex group) {
  const GroupMemory& memory = view.groups[group.value];
  const std::uint32_t targets = view.fleet.table.group(group).targets;
  const std::string part = memory.unjudged == targets || memory.unjudged == 0
                               ? ""
                               : fmt::format(" {} of its {} targets", memory.unjudged, targets);
  return fmt::format("cannot judge{} since {}{}", part.empty() ? " it" : part,
                     minute_text(memory.unjudged_at), because(view.unjudged_reason));
}

// "unstable: 10.0.0.1-10.0.0.2 failed in up to 47 % of 32 sweeps"
std::string unstable_text(const FleetStatus& view, GroupIndex index) {
  const TargetTable& table = view.fleet.table;
  const inventory::Group& group = table.group(index);
  std::vector<AddressRange> ranges;
  FailedShare worst{0, 1};
  for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
    const TargetMemory& memory = view.fleet.memories[row];
    if (!memory.is_unstable) continue;
    verdict::append_address(ranges, table[{row}].address);
    const FailedShare share = failed_share(memory);
    if (share.failed * worst.sweeps > worst.failed * share.sweeps) worst = share;
  }
  const std::string failed = worst.failed == 0
                                 ? ""
                                 : fmt::format(" failed in {} % of {} sweeps",
                                               worst.failed * 100 / worst.sweeps, worst.sweeps);
  return fmt::format("unstable: {}{}", in_words(listed(ranges)), failed);
}

void keep_shared(std::map<std::string, std::string>& labels,
                 const std::map<std::string, std::string>& others) {
  std::erase_if(labels, [&](const auto& label) {
    const auto found = others.find(label.first);
    return found == others.end() || found->second != label.second;
  });
}

}  // namespace

std::map<std::string, std::string> labels_of(const TargetTable& table, GroupIndex index) {
  const inventory::Group& group = table.group(index);
  const auto rows = table.rows(group);
  const auto& first = table.label_sets()[rows.front().label_set];
  std::map<std::string, std::string> labels(first.begin(), first.end());
  std::uint32_t last_seen = rows.front().label_set;
  for (const inventory::Target& row : rows) {
    if (row.label_set == last_seen) continue;
    last_seen = row.label_set;
    const auto& set = table.label_sets()[row.label_set];
    std::erase_if(labels, [&](const auto& label) {
      return std::ranges::find(set, std::pair(label.first, label.second)) == set.end();
    });
  }
  return labels;
}

IncidentId incident_id(IncidentScope scope, std::string_view subject, WallTime started_at) {
  const std::string prefix =
      scope == IncidentScope::kGroup ? "" : std::string(to_string(scope)) + ":";
  return {fmt::format("{}{}@{}", prefix, subject, utc_text(started_at))};
}

void describe_group(Incident& incident, const FleetStatus& view, GroupIndex group) {
  const TargetTable& table = view.fleet.table;
  const GroupReport report = report_of(view.fleet, group);
  incident.expected = report.expected;
  incident.answering = report.answering;
  incident.never_answered = view.figures[group.value].never_overdue;
  incident.missing = listed(report.missing_ranges);
  incident.closed = listed(closed_ranges(table, report));
  incident.note = table.group(group).note;
  incident.labels = labels_of(table, group);
  const std::string sentence =
      incident.now == Trouble::kCannotJudge ? unjudged_text(view, group)
      : incident.now == Trouble::kUnstable
          ? unstable_text(view, group)
          : sentence_of(incident, verdict::describe_pattern(table, report));
  incident.sentence = (incident.flapping ? "flapping; " : "") + sentence;
}

void describe_many(Incident& incident, const FleetStatus& view,
                   std::span<const GroupIndex> groups) {
  std::vector<AddressRange> missing;
  incident.expected = incident.answering = incident.never_answered = 0;
  std::size_t silent = 0;
  incident.labels = labels_of(view.fleet.table, groups.front());
  for (const GroupIndex group : groups) {
    const GroupReport report = report_of(view.fleet, group);
    keep_shared(incident.labels, labels_of(view.fleet.table, group));
    incident.expected += report.expected;
    incident.answering += report.answering;
    incident.never_answered += view.figures[group.value].never_overdue;
    silent += report.answering == 0;
    missing.insert(missing.end(), report.missing_ranges.begin(), report.missing_ranges.end());
  }
  incident.missing = listed(missing);
  incident.sentence = incident.flapping ? "flapping; " : "";
  if (silent == 0) {
    incident.sentence += fmt::format("all {} groups answer at present", groups.size());
  } else if (silent == groups.size()) {
    incident.sentence += fmt::format("down: none of the {} groups answers ({} addresses)", silent,
                                     incident.expected);
  } else {
    incident.sentence +=
        fmt::format("down: {} of the {} groups do not answer; {} of {} addresses answer", silent,
                    groups.size(), incident.answering, incident.expected);
  }
  if (incident.scope == IncidentScope::kFleet) {
    incident.sentence += "; it may be ourselves: check this host's own path first";
  }
}

void describe_unjudged(Incident& incident, const FleetStatus& view,
                       std::span<const GroupIndex> groups) {
  WallTime since = view.groups[groups.front().value].unjudged_at;
  incident.labels = labels_of(view.fleet.table, groups.front());
  incident.groups.clear();
  for (const GroupIndex group : groups) {
    since = std::min(since, view.groups[group.value].unjudged_at);
    keep_shared(incident.labels, labels_of(view.fleet.table, group));
    incident.groups.push_back(view.fleet.table.group(group).name);
  }
  incident.sentence =
      fmt::format("cannot judge {} of {} groups since {}{}", groups.size(), view.groups.size(),
                  minute_text(since), because(view.unjudged_reason));
}

void describe_silent_hop(Incident& incident, const SilentHop& hop) {
  incident.sentence = fmt::format("nobody answers by way of it since {} ({} targets); it {} itself",
                                  minute_text(hop.since_wall), hop.targets,
                                  hop.answers ? "answers" : "does not answer");
}

void describe_dependency(Incident& incident, const FailedDependency& dependency) {
  incident.sentence =
      fmt::format("fails since {}: {}", minute_text(dependency.since), dependency.why);
}

void describe_end(Incident& incident, std::uint32_t expected) {
  incident.missing.clear();
  incident.closed.clear();
  incident.never_answered = 0;
  incident.expected = incident.answering = expected;
  incident.sentence = expected > 0 ? fmt::format("over: all {} answer as expected", expected)
                                   : "over: none of its addresses is expected to answer any more";
}

}  // namespace rollcall::watch
