#include "cli/web/api/fleet_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "cli/web/api/sentence.h"
#include "engine/base/text/utc_text.h"
#include "scheduler/history/incident_json.h"
#include "scheduler/verdict/group_pattern.h"
#include "scheduler/watch/incidents/silences.h"

namespace rollcall::web {
namespace {

double seconds_of(Duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

Json time_or_null(WallTime time) {
  return time == WallTime{} ? Json() : Json(utc_text(time));
}

Json ranges_json(const std::vector<AddressRange>& ranges) {
  Json list = Json::array();
  for (const AddressRange& range : ranges) {
    if (list.size() == kRangesMax) {
      list.push_back(fmt::format("and {} more ranges", ranges.size() - kRangesMax));
      break;
    }
    list.push_back(range.to_string());
  }
  return list;
}

Json missing_json(const verdict::GroupReport* report) {
  return report == nullptr ? Json::array() : ranges_json(report->missing_ranges);
}

Json closed_json(const FleetSnapshot& view, const verdict::GroupReport* report) {
  std::vector<AddressRange> ranges;
  if (report != nullptr) {
    for (const TargetIndex target : report->not_as_expected) {
      verdict::append_address(ranges, view.table()[target].address);
    }
  }
  return ranges_json(ranges);
}

Json trouble_json(const watch::GroupStatus& status) {
  return status.trouble ? Json(to_string(*status.trouble)) : Json();
}

bool is_worth_showing(const watch::GroupStatus& status) {
  return status.trouble || status.is_settling || status.figures.suspects > 0 ||
         status.figures.missing > 0;
}

Json group_not_up_json(const FleetSnapshot& view, GroupIndex index) {
  const watch::GroupStatus& status = view.groups[index.value];
  const watch::GroupFigures& figures = status.figures;
  const verdict::GroupReport* report = view.report_of(index);
  return {{"group", view.table().group(index).name},
          {"trouble", trouble_json(status)},
          {"settling", status.is_settling},
          {"expected", figures.expected},
          {"answering", figures.answering},
          {"missing", missing_json(report)},
          {"closed", closed_json(view, report)},
          {"suspects", figures.suspects},
          {"never_answered", figures.never_answered},
          {"note", view.table().group(index).note},
          {"silenced", static_cast<bool>(view.silenced[index.value])}};
}

// Addresses that never answered cause no trouble and no incident, because an inventory may list
// addresses that are not in use yet. Therefore the status lists their groups by name.
Json groups_never_answered_json(const FleetSnapshot& view) {
  Json groups = Json::array();
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    if (view.groups[i].figures.never_answered == 0) continue;
    if (groups.size() == kNeverAnsweredGroupsMax) break;
    groups.push_back({{"group", view.table().group({i}).name},
                      {"addresses", ranges_json(view.never_answered({i}))}});
  }
  return groups;
}

Json counts_json(const FleetSnapshot& view) {
  Json counts = Json::object();
  for (std::size_t i = 0; i < view.counts.size(); ++i) {
    counts[std::string(to_string(static_cast<watch::TargetState>(i)))] = view.counts[i];
  }
  return counts;
}

Json vantage_json(const FleetSnapshot& view, TimePoint now) {
  const sweep::PathFigures& path = view.last_path;
  const std::vector<std::string> problems = vantage_problems(view, now);
  return {
      {"name", view.vantage},
      {"healthy", problems.empty()},
      {"problems", problems},
      {"remarks", path_remarks(view)},
      {"lane", path.lane},
      {"rate_pps", std::round(path.rate_pps)},
      {"loss", path.loss},
      {"capture_drops", path.capture_drops},
      {"kernel_drops", path.kernel_drops},
      {"ring_drops", path.ring_drops},
      {"rtt_ms", {{"p50", path.rtt_p50_ms}, {"p90", path.rtt_p90_ms}, {"p99", path.rtt_p99_ms}}}};
}

Json receivers_json(const std::vector<alert::ReceiverStatus>& receivers) {
  Json list = Json::array();
  for (const alert::ReceiverStatus& receiver : receivers) {
    list.push_back({{"name", receiver.name},
                    {"waiting", receiver.waiting},
                    {"failing", receiver.failing},
                    {"last_failure", receiver.last_failure}});
  }
  return list;
}

Json certificates_json(const FleetSnapshot& view) {
  Json list = Json::array();
  for (const cli::Certificate& certificate : view.certificates) {
    list.push_back({{"file", certificate.path},
                    {"use", certificate.use},
                    {"expires_at", utc_text(certificate.not_after)},
                    {"problem", trouble_of(certificate, view.at)}});
  }
  return list;
}

Json inventory_summary_json(const FleetSnapshot& view) {
  const inventory::TargetTable& table = view.table();
  return {{"targets", table.size()},
          {"addresses", table.addresses()},
          {"groups", table.groups().size()},
          {"taken_at", utc_text(view.inventory_at)},
          {"problem", view.inventory_problem}};
}

}  // namespace

Json status_json(const FleetSnapshot& view, WallTime wall, TimePoint now) {
  Json groups = Json::array();
  std::uint64_t never_answered = 0;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    never_answered += view.groups[i].figures.never_answered;
    if (is_worth_showing(view.groups[i])) groups.push_back(group_not_up_json(view, {i}));
  }
  Json status = {{"schema", "rollcall.status/1"},
                 {"site", view.site},
                 {"now", utc_text(wall)},
                 {"started_at", utc_text(view.started_at)}};
  status.update(pulse_json(view, now));
  status.update({{"groups_not_up", std::move(groups)},
                 {"never_answered", never_answered},
                 {"groups_never_answered", groups_never_answered_json(view)},
                 {"incidents", incidents_json(view.incidents)},
                 {"silences", silences_json(view.silences, wall)},
                 {"receivers", receivers_json(view.receivers)},
                 {"certificates", certificates_json(view)},
                 {"history_rows_waiting", view.rows_waiting}});
  return status;
}

Json pulse_json(const FleetSnapshot& view, TimePoint now) {
  return {{"version", view.version},
          {"sentence", fleet_sentence(view)},
          {"counts", counts_json(view)},
          {"vantage", vantage_json(view, now)},
          {"inventory", inventory_summary_json(view)},
          {"last_sweep", view.last_sweep ? sweep_json(*view.last_sweep) : Json()},
          {"sweeping", view.is_sweeping},
          {"sweep_problem", view.sweep_problem},
          {"interval_s", seconds_of(view.interval)},
          {"next_sweep_in_s", seconds_of(std::max(view.next_sweep - now, Duration{}))},
          {"missed_turns", view.missed_turns},
          {"ready", view.is_ready(now)},
          {"blind", !view.degraded_reason.empty()}};
}

Json inventory_json(const FleetSnapshot& view) {
  Json sources = Json::array();
  for (const SourceFigures& source : view.sources) {
    Json entry = {{"name", source.name}, {"targets", source.targets}, {"problem", source.problem}};
    if (!source.problem.empty()) entry["problem_since"] = utc_text(source.since);
    sources.push_back(std::move(entry));
  }
  Json document = {{"schema", "rollcall.sources/1"}, {"sources", std::move(sources)}};
  document.update(inventory_summary_json(view));
  return document;
}

Json group_json(const FleetSnapshot& view, GroupIndex index) {
  const inventory::Group& group = view.table().group(index);
  const watch::GroupStatus& status = view.groups[index.value];
  const watch::GroupFigures& figures = status.figures;
  return {{"group", group.name},
          {"labels", Json(view.facts->labels[index.value])},
          {"parent", group.parent},
          {"first", group.first},
          {"targets", group.targets},
          {"addresses", group.addresses},
          {"expected", figures.expected},
          {"answering", figures.answering},
          {"missing", figures.missing},
          {"trouble", trouble_json(status)},
          {"settling", status.is_settling},
          {"suspects", figures.suspects},
          {"never_answered", figures.never_answered},
          {"flapping", figures.is_flapping},
          {"silenced", static_cast<bool>(view.silenced[index.value])},
          {"note", group.note}};
}

Json whole_group_json(const FleetSnapshot& view, GroupIndex index) {
  const verdict::GroupReport* report = view.report_of(index);
  const std::string& name = view.table().group(index).name;
  const auto incident = std::ranges::find_if(view.incidents, [&](const watch::Incident& open) {
    return std::ranges::find(open.groups, name) != open.groups.end();
  });
  Json group = {{"schema", "rollcall.group/1"}, {"version", view.version}};
  group.update(group_json(view, index));
  group["missing_ranges"] = missing_json(report);
  group["closed_ranges"] = closed_json(view, report);
  group["sentence"] = group_sentence(view, index);
  group["incident"] = incident == view.incidents.end() ? Json() : incident_json(*incident);
  return group;
}

Json sweep_json(const watch::SweepSummary& sweep) {
  return {{"started_at", utc_text(sweep.started_at)},
          {"duration_s", seconds_of(sweep.duration)},
          {"targets", sweep.targets},
          {"open", sweep.open},
          {"closed", sweep.closed},
          {"missing", sweep.missing},
          {"unknown", sweep.unknown},
          {"conclusive", sweep.conclusive},
          {"reason", sweep.reason},
          {"rate_pps", std::round(sweep.rate_pps)},
          {"probes_sent", sweep.probes_sent},
          {"replies", sweep.replies},
          {"loss", sweep.loss ? Json(*sweep.loss) : Json()}};
}

Json incident_json(const watch::Incident& incident) {
  return Json(history::to_json(incident));
}

Json incidents_json(const std::vector<watch::Incident>& incidents) {
  Json list = Json::array();
  for (const watch::Incident& incident : incidents) list.push_back(incident_json(incident));
  return list;
}

Json silence_json(const watch::Silence& silence, WallTime now) {
  return {{"id", silence.id},
          {"groups", silence.groups},
          {"labels", silence.labels},
          {"starts_at", utc_text(silence.starts_at)},
          {"ends_at", utc_text(silence.ends_at)},
          {"active", watch::is_active(silence, now)},
          {"author", silence.author},
          {"reason", silence.reason}};
}

Json silences_json(const std::vector<watch::Silence>& silences, WallTime now) {
  Json list = Json::array();
  for (const watch::Silence& silence : silences) list.push_back(silence_json(silence, now));
  return list;
}

Json note_json(const watch::Note& note) {
  return {{"group", note.group},
          {"text", note.text},
          {"author", note.author},
          {"at", time_or_null(note.at)}};
}

void TargetWriter::append(std::string& out, std::uint32_t row) {
  const inventory::Target& target = view_.table()[{row}];
  const TargetDetail& detail = view_.targets()[row];
  if (group_ != target.group) {
    group_ = target.group;
    group_text_ = Json(view_.table().group(target.group).name)
                      .dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  if (detail.since_s != since_s_) {
    since_s_ = detail.since_s;
    since_text_ =
        since_s_ == 0 ? "null" : '"' + utc_text(WallTime(std::chrono::seconds(since_s_))) + '"';
  }
  auto to = std::back_inserter(out);
  fmt::format_to(
      to, R"({{"row":{},"address":"{}","port":{},"group":{},"expect":"{}","state":"{}",)", row,
      target.address.to_string(), target.port.value, group_text_,
      target.expect == inventory::Expect::kOpen ? "open" : "bound", to_string(detail.state));
  out += R"("evidence":[)";
  bool is_first = true;
  const verdict::TargetProgress shown{.syn_evidence = detail.syn_evidence,
                                      .connect_evidence = detail.connect_evidence};
  for (const std::string_view text : verdict::EvidenceTexts(shown)) {
    fmt::format_to(to, R"({}"{}")", is_first ? "" : ",", text);
    is_first = false;
  }
  fmt::format_to(to, R"(],"since":{},"rtt_ms":)", since_text_);
  if (detail.rtt_us >= verdict::kOvertook) {
    out += "null}";
  } else {
    fmt::format_to(to, "{}.{:03}}}", detail.rtt_us / 1000, detail.rtt_us % 1000);
  }
}

}  // namespace rollcall::web
