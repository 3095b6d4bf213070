#include "scheduler/alert/alertmanager.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "scheduler/alert/transfer.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::alert {
namespace {

using nlohmann::json;

constexpr std::size_t kItemsMax = 100;  // of each list, in an annotation

// "label_" and the name, in the letters that an annotation's name may have.
std::string annotation_name(const std::string& label) {
  std::string name = "label_" + label;
  std::ranges::replace_if(
      name,
      [](char c) {
        return !(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z'));
      },
      '_');
  return name;
}

json annotations_of(const watch::Incident& incident) {
  json notes{{"trouble", to_string(incident.now)},
             {"worst", to_string(incident.worst)},
             {"incident", incident.id.value},
             {"started_at", history::to_text(incident.started_at)},
             {"expected", std::to_string(incident.expected)},
             {"answering", std::to_string(incident.answering)},
             {"groups", joined(incident.groups, kItemsMax)},
             {"missing", joined(incident.missing, kItemsMax)},
             {"closed", joined(incident.closed, kItemsMax)},
             {"note", incident.note},
             {"flapping", incident.flapping ? "true" : "false"},
             {"verified_by", joined(incident.verified_by, kItemsMax)}};
  for (const auto& [name, value] : incident.labels) notes[annotation_name(name)] = value;
  return notes;
}

struct Span {
  WallTime starts_at;
  WallTime ends_at;
};

// Where the wall clock was set back since, the incident began in its future. The API refuses an end
// before the beginning, and takes an end that lies ahead for one that fires until then.
Span span_of(const Alert& alert, WallTime now, Duration hold) {
  const bool about_incident = alert.kind == AlertKind::kIncident;
  const watch::Incident& incident = alert.incident;
  const WallTime begun = about_incident ? incident.started_at : alert.at;
  const WallTime starts_at = std::min(begun, now - std::chrono::milliseconds(1));
  const bool ended = about_incident && alert.change == watch::IncidentChange::kEnded;
  if (!ended) return {starts_at, now + hold};
  return {starts_at, std::clamp(incident.ended_at.value_or(now),
                                starts_at + std::chrono::milliseconds(1), now)};
}

class Alertmanager final : public Receiver {
 public:
  explicit Alertmanager(AlertmanagerSettings settings) : settings_(std::move(settings)) {
    while (settings_.url.ends_with('/')) settings_.url.pop_back();
  }

  const std::string& name() const override { return settings_.name; }
  bool newest_only() const override { return true; }
  Outcome deliver(const history::OutboxMessage& message, WallTime now,
                  std::stop_token stop) override {
    const auto alert = alert_from(message);
    if (!alert) return {Taken::kRefused, alert.error().to_string()};
    return judge(send(HttpPost{.url = settings_.url + "/api/v2/alerts",
                               .body = alertmanager_body(*alert, now, settings_.hold),
                               .bearer = settings_.bearer,
                               .ca_file = settings_.ca_file},
                      stop));
  }

 private:
  AlertmanagerSettings settings_;
};

}  // namespace

std::string alertmanager_body(const Alert& alert, WallTime now, Duration hold) {
  const bool about_incident = alert.kind == AlertKind::kIncident;
  json labels{{"alertname", alert_name(alert)}};
  if (about_incident) labels["group"] = alert.incident.subject;
  if (!alert.site.empty()) labels["site"] = alert.site;
  json annotations = about_incident ? annotations_of(alert.incident) : json::object();
  annotations["summary"] = about_incident ? alert.incident.sentence : headline(alert);
  annotations["vantage"] = alert.vantage;
  const Span span = span_of(alert, now, hold);
  return history::dump(json::array({{{"labels", labels},
                                     {"annotations", annotations},
                                     {"startsAt", history::to_text(span.starts_at)},
                                     {"endsAt", history::to_text(span.ends_at)}}}));
}

Result<std::unique_ptr<Receiver>> make_alertmanager(AlertmanagerSettings settings) {
  if (const auto url = check_url(settings.url, {"http", "https"}, settings.name); !url) {
    return std::unexpected(url.error());
  }
  return std::make_unique<Alertmanager>(std::move(settings));
}

}  // namespace rollcall::alert
