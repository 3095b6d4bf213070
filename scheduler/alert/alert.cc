#include "scheduler/alert/alert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <span>

#include "engine/base/text/words.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::alert {
namespace {

using nlohmann::json;

constexpr std::size_t kItemsMax = 300;  // items of each list in a payload
constexpr std::array<std::string_view, 3> kKinds{"incident", "heartbeat", "test"};

bool cut(std::vector<std::string>& list, std::size_t items_max) {
  if (list.size() <= items_max) return false;
  list.resize(items_max);
  return true;
}

bool cut_lists(watch::Incident& incident, std::size_t items_max) {
  bool any = false;
  for (auto* list :
       {&incident.groups, &incident.missing, &incident.closed, &incident.verified_by}) {
    any = cut(*list, items_max) || any;
  }
  return any;
}

std::string payload_of(const Alert& alert, const watch::Incident& incident, bool lists_complete) {
  json document{{"schema", "rollcall.alert/1"},
                {"kind", to_string(alert.kind)},
                {"at", history::to_text(alert.at)},
                {"site", clipped(alert.site, history::kNameBytesMax)},
                {"vantage", clipped(alert.vantage, history::kNameBytesMax)}};
  if (!alert.page.empty()) document["page"] = alert.page;
  if (alert.kind == AlertKind::kIncident) {
    document["change"] = to_string(alert.change);
    document["incident"] = history::to_json(incident);
    document["lists_complete"] = lists_complete;
  }
  return history::dump(document);
}

Alert parsed(const json& document) {
  Alert alert;
  const auto kind = std::ranges::find(kKinds, document.at("kind").get_ref<const std::string&>());
  if (kind == kKinds.end()) throw std::invalid_argument("unknown kind");
  alert.kind = static_cast<AlertKind>(kind - kKinds.begin());
  alert.site = document.at("site");
  alert.vantage = document.at("vantage");
  alert.page = document.value("page", "");
  if (alert.kind != AlertKind::kIncident) return alert;
  const auto change =
      watch::incident_change_from(document.at("change").get_ref<const std::string&>());
  if (!change) throw std::invalid_argument("unknown change");
  alert.change = *change;
  auto incident = history::incident_from(document.at("incident").dump());
  if (!incident) throw std::invalid_argument(incident.error().context);
  alert.incident = *std::move(incident);
  return alert;
}

}  // namespace

std::string_view to_string(AlertKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::string to_payload(const Alert& alert) {
  watch::Incident incident = alert.incident;
  const bool was_cut = cut_lists(incident, kItemsMax);
  std::string payload = payload_of(alert, incident, !was_cut);
  if (payload.size() <= history::kPayloadBytesMax) return payload;
  // Names and labels are extremely long: send the incident without lists and labels.
  cut_lists(incident, 0);
  incident.labels.clear();
  return payload_of(alert, incident, false);
}

Result<Alert> alert_from(const history::OutboxMessage& message) {
  try {
    Alert alert = parsed(json::parse(message.payload));
    alert.at = message.created_at;
    return alert;
  } catch (const std::exception& exception) {  // nlohmann's, and invalid_argument from above
    return fail(ErrorCode::kInput, fmt::format("message {}: {}", clipped(message.key, 100),
                                               clipped(exception.what(), history::kNameBytesMax)));
  }
}

std::string alert_name(const Alert& alert) {
  switch (alert.kind) {
    case AlertKind::kHeartbeat:
      return "RollcallHeartbeat";
    case AlertKind::kTest:
      return "RollcallTest";
    case AlertKind::kIncident:
      break;
  }
  switch (alert.incident.scope) {
    case watch::IncidentScope::kGroup:
      return "RollcallGroup";
    case watch::IncidentScope::kParent:
      return "RollcallParent";
    case watch::IncidentScope::kVantage:
      return "RollcallVantage";
    case watch::IncidentScope::kNextHop:
      return "RollcallNextHop";
    case watch::IncidentScope::kDependency:
      return "RollcallDependency";
    case watch::IncidentScope::kFleet:
      break;
  }
  return "RollcallFleet";
}

std::string headline(const Alert& alert) {
  switch (alert.kind) {
    case AlertKind::kHeartbeat:
      return "rollcall is alive";
    case AlertKind::kTest:
      return "this is a test of rollcall's alerts; nothing is wrong";
    case AlertKind::kIncident:
      break;
  }
  // It continues in another incident.
  const bool is_absorbed = !alert.incident.absorbed_by.value.empty();
  return fmt::format("[{}] {}: {}", is_absorbed ? "absorbed" : to_string(alert.change),
                     alert.incident.subject, alert.incident.sentence);
}

std::string joined(const std::vector<std::string>& items, std::size_t items_max) {
  const std::size_t shown = std::min(items.size(), items_max);
  std::string text = fmt::format("{}", fmt::join(std::span(items).first(shown), ", "));
  if (items.size() > shown) text += fmt::format(" and {} more", items.size() - shown);
  return text;
}

}  // namespace rollcall::alert
