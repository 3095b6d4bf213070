#include "cli/web/api/sentence.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/base/text/words.h"
#include "scheduler/verdict/group_pattern.h"

namespace rollcall::web {
namespace {

// "50,763".
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
  return text;
}

// "1,017 addresses".
std::string addresses_words(std::uint64_t count) {
  return with_commas(count) + (count == 1 ? " address" : " addresses");
}

// "4 minutes".
std::string age_text(Duration age) {
  const auto seconds =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count(), 0);
  if (seconds < 120) return counted(static_cast<std::uint64_t>(seconds), "second");
  if (seconds < 7200) return counted(static_cast<std::uint64_t>(seconds / 60), "minute");
  if (seconds < 172800) return counted(static_cast<std::uint64_t>(seconds / 3600), "hour");
  return counted(static_cast<std::uint64_t>(seconds / 86400), "day");
}

std::string subject_of(const watch::Incident& incident) {
  switch (incident.scope) {
    case watch::IncidentScope::kGroup:
      return incident.subject;
    case watch::IncidentScope::kParent:
      return fmt::format("{} ({})", incident.subject, counted(incident.groups.size(), "group"));
    case watch::IncidentScope::kFleet:
      return "the fleet";
    case watch::IncidentScope::kVantage:
      return counted(incident.groups.size(), "group");
    case watch::IncidentScope::kNextHop:
    case watch::IncidentScope::kDependency:
      return incident.subject;
  }
  return "";
}

std::string incident_words(const watch::Incident& incident, WallTime now) {
  const std::string subject = subject_of(incident);
  const std::string age = age_text(now - incident.started_at);
  const std::string lost =
      addresses_words(incident.expected - std::min(incident.answering, incident.expected));
  using enum watch::Trouble;
  const bool is_new = incident.never_answered > 0 &&
                      incident.never_answered == incident.expected - incident.answering;
  if (is_new && (incident.now == kPartial || incident.now == kDown)) {
    return fmt::format("{} of {} never answered since listed; told {} ago", lost, subject, age);
  }
  if (incident.scope == watch::IncidentScope::kNextHop) {
    return fmt::format("no target has answered by way of {} for {}", subject, age);
  }
  switch (incident.now) {
    case kFailing:
      return fmt::format("{} has failed for {}", subject, age);
    case kCannotJudge:
      return fmt::format("{} cannot be judged for {}", subject, age);
    case kUnstable:
      return fmt::format("{} has been unstable for {}", subject, age);
    case kServiceDown:
      return fmt::format("a service of {} has failed for {}", subject, age);
    case kPartial:
      return fmt::format("{} lost {} {} ago", subject, lost, age);
    case kPartialAfterReboot:
      return fmt::format("{} lost {} after its reboot {} ago", subject, lost, age);
    case kDown:
      return fmt::format("{} has been down for {}", subject, age);
  }
  return "";
}

// The incident with the most missing addresses.
const watch::Incident& worst_of(const std::vector<watch::Incident>& incidents) {
  return *std::ranges::max_element(incidents, {}, [](const watch::Incident& incident) {
    return std::tuple(incident.expected - std::min(incident.answering, incident.expected),
                      incident.now, incident.started_at);
  });
}

std::string figures_words(const FleetSnapshot& view) {
  std::uint64_t expected = 0;
  std::uint64_t answering = 0;
  std::uint64_t never = 0;
  for (const watch::GroupStatus& group : view.groups) {
    expected += group.figures.expected;
    answering += group.figures.answering;
    never += group.figures.never_answered;
  }
  if (expected == 0 && !view.last_sweep) return "nothing is known yet: no sweep is over";
  if (expected == 0) return "no address has answered yet";
  if (never > 0) {
    return fmt::format("{} of {} addresses answer; {} never did so far", with_commas(answering),
                       with_commas(expected + never), with_commas(never));
  }
  if (expected == 1) return answering == 1 ? "the address answers" : "the address is gone";
  if (answering == expected) return fmt::format("all {} addresses answer", with_commas(expected));
  return fmt::format("{} of {} addresses answer", with_commas(answering), with_commas(expected));
}

// A path problem that the newest sweeps overcame, such as a stall of 128 ms, is only a remark,
// because they judged every target.
bool is_problem(const FleetSnapshot& view, const sweep::Finding& finding) {
  return !finding.clears_us && !view.degraded_reason.empty();
}

}  // namespace

std::string fleet_sentence(const FleetSnapshot& view) {
  std::string sentence = figures_words(view);
  if (!view.degraded_reason.empty())
    sentence += ", as far as is known: not all could be judged lately";
  if (!view.incidents.empty()) {
    sentence += "; " + incident_words(worst_of(view.incidents), view.at);
  }
  if (view.incidents.size() > 1) {
    sentence += fmt::format("; {} more", counted(view.incidents.size() - 1, "incident"));
  }
  return sentence;
}

std::string group_sentence(const FleetSnapshot& view, GroupIndex group) {
  const watch::GroupFigures& figures = view.groups[group.value].figures;
  if (figures.expected == 0) return "none of its addresses has answered yet";
  const verdict::GroupReport* report = view.report_of(group);
  if (report == nullptr) return fmt::format("all {} answer", with_commas(figures.expected));
  const std::string pattern = verdict::describe_pattern(view.table(), *report);
  if (figures.answering == 0)
    return fmt::format("none of {} answers", with_commas(figures.expected));
  std::string sentence =
      fmt::format("{} of {} answer", with_commas(figures.answering), with_commas(figures.expected));
  if (figures.missing == 0) sentence += "; a service is not as expected";
  if (!pattern.empty())
    sentence += fmt::format("; {}: {}", figures.missing > 0 ? "missing" : "it is", pattern);
  return sentence;
}

std::vector<std::string> vantage_problems(const FleetSnapshot& view, TimePoint now) {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& label, const std::string& text) {
    if (!text.empty()) problems.push_back(label + text);
  };
  add("a thread of the watch makes no progress: ", view.stuck);
  for (const std::string& what : view.hanging) problems.push_back(what + " does not return");
  add("", view.degraded_reason);
  if (view.last_sweep && view.stuck.empty() && !view.is_ready(now)) {
    problems.emplace_back("no sound sweep within two intervals");
  }
  for (const sweep::Finding& finding : view.last_path.findings) {
    if (is_problem(view, finding)) problems.push_back(finding.text);
  }
  add("the inventory is refused: ", view.inventory_problem);
  add("the configuration: ", view.config_problem);
  for (const alert::ReceiverStatus& receiver : view.receivers) {
    if (receiver.failing) {
      problems.push_back(fmt::format("receiver {}: {}", receiver.name, receiver.last_failure));
    }
  }
  add("HTTP: ", view.web_problem);
  for (const cli::Certificate& certificate : view.certificates) {
    add("", trouble_of(certificate, view.at));
  }
  add("what was known before the start is not read yet: ", view.memory_problem);
  if (view.rows_waiting > 0 && view.memory_problem.empty()) {
    problems.push_back(
        fmt::format("the history cannot be written: {} rows wait", view.rows_waiting));
  }
  return problems;
}

std::vector<std::string> path_remarks(const FleetSnapshot& view) {
  std::vector<std::string> remarks;
  for (const std::string& remark : view.source_remarks) remarks.push_back(remark);
  if (view.degraded_reason.empty() && view.last_sweep && !view.last_sweep->conclusive) {
    remarks.push_back("not all of the inventory can be asked: " + view.last_sweep->reason);
  }
  for (const sweep::Finding& finding : view.last_path.findings) {
    if (!is_problem(view, finding)) remarks.push_back(finding.text);
  }
  return remarks;
}

}  // namespace rollcall::web
