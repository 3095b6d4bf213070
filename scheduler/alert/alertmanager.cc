#include "scheduler/alert/alertmanager.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

#include "scheduler/history/incident_json.h"

namespace rollcall::alert {
namespace {

using nlohmann::json;

constexpr std::size_t kItemsMax = 100;  // items of each list in an annotation
constexpr std::size_t kBatchMax = 500;  // alerts in a request
// An Alertmanager that restarts may have lost all alerts: it must get the open incidents soon.
constexpr Duration kRestMax = std::chrono::seconds(5);
constexpr int kRoundsMissed = 4;

// Returns "label_" and the name; characters that an annotation name must not contain become "_".
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

// If the wall clock was set back, the incident's start may lie in the future. The API refuses an
// end before the start. An end in the future would make the alert fire until then.
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

json alert_json(const Alert& alert, WallTime now, Duration hold) {
  const bool about_incident = alert.kind == AlertKind::kIncident;
  json labels{{"alertname", alert_name(alert)}};
  if (about_incident) labels["group"] = alert.incident.subject;
  if (!alert.site.empty()) labels["site"] = alert.site;
  // Each vantage has its own heartbeat: a shared one would hide that one vantage died.
  if (!about_incident && !alert.vantage.empty()) labels["vantage"] = alert.vantage;
  json annotations = about_incident ? annotations_of(alert.incident) : json::object();
  annotations["summary"] = about_incident ? alert.incident.sentence : headline(alert);
  annotations["vantage"] = alert.vantage;
  const Span span = span_of(alert, now, hold);
  json whole{{"labels", labels},
             {"annotations", annotations},
             {"startsAt", history::to_text(span.starts_at)},
             {"endsAt", history::to_text(span.ends_at)}};
  if (!alert.page.empty()) whole["generatorURL"] = alert.page;
  return whole;
}

// Estimates how long it takes to send every alert once to a slow Alertmanager (ADR 30).
class RoundEstimate {
 public:
  // Call it before a delivery of `batch`. `waiting` counts all messages in the queue, with this
  // batch.
  Duration before(std::span<const history::OutboxMessage> batch, std::size_t waiting) {
    const auto now = Steady::now();
    std::erase_if(told_, [&](const auto& entry) { return now - entry.second > kToldFor; });
    for (const history::OutboxMessage& message : batch) told_[message.subject] = now;
    // Only a batch that leaves messages behind is full; the last one of a round is not.
    if (waiting > batch.size()) batch_size_ = batch.size();
    const std::size_t alerts = std::max(waiting, told_.size());
    return static_cast<std::int64_t>((alerts + batch_size_ - 1) / batch_size_) * request_;
  }
  void after(Duration request) { request_ = request; }

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr auto kToldFor = std::chrono::minutes(10);

  std::map<std::string, Steady::time_point> told_;  // time of the last delivery, by subject
  std::size_t batch_size_ = kBatchMax;
  // Duration of the newest request; before the first, the time limit of a transfer.
  Duration request_ = kTransferMax;
};

class Alertmanager final : public Receiver {
 public:
  explicit Alertmanager(AlertmanagerSettings settings) : settings_(std::move(settings)) {
    while (settings_.url.ends_with('/')) settings_.url.pop_back();
  }

  const std::string& name() const override { return settings_.name; }
  std::string setup_problem() const override { return settings_.access.problem(); }
  ReceiverTraits traits() const override {
    return {.newest_only = true, .batch_max = kBatchMax, .rest_max = kRestMax};
  }
  DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch,
                          const DeliveryContext& context, std::stop_token stop) override {
    std::vector<Alert> alerts;
    for (const history::OutboxMessage& message : batch) {
      auto alert = alert_from(message);
      if (!alert) return {Acceptance::kRefused, alert.error().to_string()};
      alerts.push_back(*std::move(alert));
    }
    // If a round takes longer than the repeat interval, the alerts must last for several rounds.
    const Duration round = round_.before(batch, context.waiting);
    const Duration hold = std::max(settings_.hold, kRoundsMissed * round);
    const auto began = std::chrono::steady_clock::now();
    const TransferReply answer =
        connection_.send(HttpPost{.url = settings_.url + "/api/v2/alerts",
                                  .body = alertmanager_body(alerts, context.now, hold),
                                  .access = settings_.access},
                         stop);
    round_.after(std::chrono::steady_clock::now() - began);
    return judge(answer);
  }

 private:
  AlertmanagerSettings settings_;
  HttpConnection connection_;
  RoundEstimate round_;
};

}  // namespace

std::string alertmanager_body(std::span<const Alert> alerts, WallTime now, Duration hold) {
  json list = json::array();
  for (const Alert& alert : alerts) list.push_back(alert_json(alert, now, hold));
  return history::dump(list);
}

Result<std::unique_ptr<Receiver>> make_alertmanager(AlertmanagerSettings settings) {
  if (const auto url = check_url(settings.url, {"http", "https"}, settings.name); !url) {
    return std::unexpected(url.error());
  }
  return std::make_unique<Alertmanager>(std::move(settings));
}

}  // namespace rollcall::alert
