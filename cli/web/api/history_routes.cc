#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/web/api/fleet_json.h"
#include "cli/web/api/listing.h"
#include "cli/web/api/routes.h"
#include "engine/base/text/utc_text.h"

namespace rollcall::web {
namespace {

using history::PageRequest;
using history::Reader;

constexpr double kSinceMax_s = 10.0 * 366 * 24 * 3600;
constexpr double kSinceStandard_s = 30.0 * 24 * 3600;

std::unexpected<Error> bad(std::string text) {
  return fail(ErrorCode::kUsage, std::move(text));
}

Response refused(const Error& error) {
  return problem(error.code == ErrorCode::kUsage ? 400 : 503, error.to_string());
}

Result<WallTime> read_since(const Request& request, double standard_s) {
  double since_s = standard_s;
  if (const auto text = request.find("since_s")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), since_s);
    if (error != std::errc{} || end != text->data() + text->size() ||
        !(since_s >= 0 && since_s <= kSinceMax_s)) {
      return bad("since_s: a number of seconds");
    }
  }
  const auto age = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(since_s));
  return request.wall - age;
}

std::string cursor_text(const history::Cursor& cursor) {
  return fmt::format("{}-{}", cursor.at, cursor.id);
}

Result<history::Cursor> read_cursor(const Request& request) {
  history::Cursor cursor;
  const auto text = request.find("after");
  if (!text) return cursor;
  const char* end = text->data() + text->size();
  const auto at = std::from_chars(text->data(), end, cursor.at);
  if (at.ec == std::errc{} && at.ptr != end && *at.ptr == '-') {
    const auto id = std::from_chars(at.ptr + 1, end, cursor.id);
    if (id.ec == std::errc{} && id.ptr == end) return cursor;
  }
  return bad("after: what \"next\" of the page before said");
}

Result<PageRequest> read_page_request(const Request& request, double standard_s,
                                      std::uint32_t rows) {
  const auto from = read_since(request, standard_s);
  if (!from) return std::unexpected(from.error());
  const auto after = read_cursor(request);
  if (!after) return std::unexpected(after.error());
  const auto limit = read_limit(request, {.standard = rows, .most = history::kPageRowsMax});
  if (!limit) return std::unexpected(limit.error());
  return PageRequest{.range = {.from = *from}, .after = *after, .rows = *limit};
}

Json next_json(const std::optional<history::Cursor>& next) {
  return next ? Json(cursor_text(*next)) : Json();
}

bool is_about(const watch::Incident& incident, std::string_view group) {
  return std::ranges::find(incident.groups, group) != incident.groups.end();
}

Response incidents_answer(const std::vector<watch::Incident>& incidents, Json next) {
  return json_answer({{"schema", "rollcall.incidents/1"},
                      {"incidents", incidents_json(incidents)},
                      {"next", std::move(next)}});
}

// The cursor is an index, because open incidents are few and change rarely.
Response open_incidents(const Request& request) {
  const auto after = read_after(request);
  if (!after) return refused(after.error());
  const auto limit = read_limit(request, {.standard = UINT32_MAX, .most = history::kPageRowsMax});
  if (!limit) return refused(limit.error());
  const auto group = request.find("group");
  const auto& open = request.view->incidents;
  std::vector<watch::Incident> chosen;
  for (std::size_t i = *after; i < open.size(); ++i) {
    if (group && !is_about(open[i], *group)) continue;
    if (chosen.size() == *limit) return incidents_answer(chosen, std::to_string(i));
    chosen.push_back(open[i]);
  }
  return incidents_answer(chosen, nullptr);
}

Response incidents(const Request& request, Reader& reader) {
  if (!request.find("since_s") || request.find("open") == "1") return open_incidents(request);
  const auto wanted = read_page_request(request, 0, history::kPageRowsMax);
  if (!wanted) return refused(wanted.error());
  const auto group = request.find("group");
  const auto page =
      group ? reader.incidents_of_group(std::string(*group), *wanted) : reader.incidents(*wanted);
  if (!page) return refused(page.error());
  return incidents_answer(page->rows, next_json(page->next));
}

Json event_json(const history::IncidentEventRow& event) {
  return {{"at", utc_text(event.at)},
          {"change", to_string(event.change)},
          {"trouble", to_string(event.trouble)},
          {"expected", event.expected},
          {"answering", event.answering},
          {"sentence", event.sentence},
          {"silenced_by", event.silenced_by}};
}

Response one_incident(const Request& request, Reader& reader) {
  const watch::IncidentId id{request.captured.front()};
  const auto open = std::ranges::find(request.view->incidents, id, &watch::Incident::id);
  std::optional<watch::Incident> incident;
  if (open != request.view->incidents.end()) {
    incident = *open;
  } else {
    auto stored = reader.incident(id);
    if (!stored) return refused(stored.error());
    incident = *std::move(stored);
  }
  if (!incident) return problem(404, "there is no such incident");
  const auto events = reader.incident_events(id, {.rows = history::kPageRowsMax});
  if (!events) return refused(events.error());
  Json list = Json::array();
  for (const auto& event : events->rows) list.push_back(event_json(event));
  Json document = {{"schema", "rollcall.incident/1"}};
  document["incident"] = incident_json(*incident);
  document["events"] = std::move(list);
  return json_answer(document);
}

Response sweeps(const Request& request, Reader& reader) {
  const auto wanted = read_page_request(request, kSinceStandard_s, history::kPageRowsMax);
  if (!wanted) return refused(wanted.error());
  const auto page = reader.sweeps(*wanted);
  if (!page) return refused(page.error());
  Json list = Json::array();
  for (const watch::SweepSummary& sweep : page->rows) list.push_back(sweep_json(sweep));
  return json_answer({{"schema", "rollcall.sweeps/1"},
                      {"sweeps", std::move(list)},
                      {"next", next_json(page->next)}});
}

Json point_json(const history::SweepPoint& point) {
  return {{"started_at", utc_text(point.started_at)},
          {"sweeps", point.sweeps},
          {"duration_s", std::chrono::duration<double>(point.duration).count()},
          {"rate_pps", std::round(point.rate_pps)},
          {"loss", point.loss ? Json(*point.loss) : Json()},
          {"missing", point.missing},
          {"unknown", point.unknown}};
}

// Returns aggregated points for a chart, because a year of sweeps every five seconds is six million
// rows.
Response sweep_points(const Request& request, Reader& reader) {
  const auto from = read_since(request, kSinceStandard_s);
  if (!from) return refused(from.error());
  const auto limit = read_limit(request, {.standard = 500, .most = 2000});
  if (!limit) return refused(limit.error());
  const auto points = reader.sweep_points({.from = *from, .to = request.wall}, *limit);
  if (!points) return refused(points.error());
  Json list = Json::array();
  for (const history::SweepPoint& point : *points) list.push_back(point_json(point));
  return json_answer({{"schema", "rollcall.sweep-points/1"}, {"points", std::move(list)}});
}

Json transition_json(const watch::Transition& transition) {
  return {{"at", utc_text(transition.at)},
          {"group", transition.group},
          {"address", transition.address.to_string()},
          {"port", transition.port.value},
          {"from", to_string(transition.from)},
          {"to", to_string(transition.to)},
          {"evidence", transition.evidence}};
}

Json transitions_json(const std::vector<watch::Transition>& transitions) {
  Json list = Json::array();
  for (const auto& transition : transitions) list.push_back(transition_json(transition));
  return list;
}

Json rollups_json(const std::vector<watch::GroupRollup>& rollups) {
  Json list = Json::array();
  for (const watch::GroupRollup& rollup : rollups) {
    list.push_back({{"hour", utc_text(rollup.hour)},
                    {"sweeps", rollup.sweeps},
                    {"expected", rollup.expected},
                    {"answering_min", rollup.answering_min},
                    {"answering_mean", rollup.answering_mean}});
  }
  return list;
}

Json verifications_json(const std::vector<watch::VerificationRecord>& verifications) {
  Json list = Json::array();
  for (const watch::VerificationRecord& verification : verifications) {
    list.push_back({{"at", utc_text(verification.at)},
                    {"group", verification.group},
                    {"by", verification.by},
                    {"passed", verification.passed},
                    {"expected", verification.expected},
                    {"answering", verification.answering}});
  }
  return list;
}

// Each list holds the newest entries of its kind, at most kPageRowsMax.
Response group_history(const Request& request, Reader& reader) {
  const std::string& group = request.captured.front();
  const auto wanted = read_page_request(request, kSinceStandard_s, history::kPageRowsMax);
  if (!wanted) return refused(wanted.error());
  const auto rollups = reader.rollups(group, *wanted);
  if (!rollups) return refused(rollups.error());
  const auto transitions = reader.transitions_of_group(group, *wanted);
  if (!transitions) return refused(transitions.error());
  const auto about = reader.incidents_of_group(group, *wanted);
  if (!about) return refused(about.error());
  const auto verifications = reader.verifications(group, *wanted);
  if (!verifications) return refused(verifications.error());
  return json_answer({{"schema", "rollcall.group-history/1"},
                      {"group", group},
                      {"rollups", rollups_json(rollups->rows)},
                      {"transitions", transitions_json(transitions->rows)},
                      {"incidents", incidents_json(about->rows)},
                      {"verifications", verifications_json(verifications->rows)}});
}

Response address_history(const Request& request, Reader& reader) {
  const auto address = Address::parse(request.captured.front());
  if (!address) return problem(400, "this is no address");
  const auto wanted = read_page_request(request, kSinceStandard_s, history::kPageRowsMax);
  if (!wanted) return refused(wanted.error());
  const auto page = reader.transitions_of_address(*address, *wanted);
  if (!page) return refused(page.error());
  return json_answer({{"schema", "rollcall.address-history/1"},
                      {"address", address->to_string()},
                      {"transitions", transitions_json(page->rows)},
                      {"next", next_json(page->next)}});
}

Response verifications(const Request& request, Reader& reader) {
  const auto group = request.find("group");
  if (!group) return problem(400, "group: is missing");
  const auto wanted = read_page_request(request, kSinceStandard_s, history::kPageRowsMax);
  if (!wanted) return refused(wanted.error());
  const auto page = reader.verifications(std::string(*group), *wanted);
  if (!page) return refused(page.error());
  return json_answer({{"schema", "rollcall.verifications/1"},
                      {"verifications", verifications_json(page->rows)},
                      {"next", next_json(page->next)}});
}

}  // namespace

void add_history_routes(Router& router) {
  const Router::Fields page_fields{"since_s", "after", "limit"};
  router.get_history("/api/v1/incidents", incidents,
                     {"since_s", "group", "open", "after", "limit"});
  router.get_history("/api/v1/incidents/{id}", one_incident);
  router.get_history("/api/v1/sweeps", sweeps, page_fields);
  router.get_history("/api/v1/sweeps/points", sweep_points, {"since_s", "limit"});
  router.get_history("/api/v1/groups/{group}/history", group_history, {"since_s", "limit"});
  router.get_history("/api/v1/addresses/{address}/history", address_history, page_fields);
  router.get_history("/api/v1/verifications", verifications,
                     {"group", "since_s", "after", "limit"});
}

}  // namespace rollcall::web
