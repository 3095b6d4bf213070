#include "scheduler/alert/announcer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "scheduler/watch/incidents/silences.h"

namespace rollcall::alert {
namespace {

// The identity of an incident for Alertmanager, without the site.
std::string identity(const watch::Incident& incident) {
  return alert_name({.kind = AlertKind::kIncident, .incident = incident}) + "/" + incident.subject;
}

// RFC 3986 section 2.1: all characters except unreserved ones as %XX.
std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-._~").contains(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

constexpr const char* kHeartbeatSubject = "heartbeat";

// A message that is not stored: the next one of its subject replaces it.
history::OutboxMessage passing_message(const Recipient& recipient, const Alert& alert,
                                       const std::string& subject) {
  return {
      .key = fmt::format("{}/{}/{}", subject, alert.at.time_since_epoch().count(), recipient.name),
      .receiver = recipient.name,
      .subject = subject,
      .created_at = alert.at,
      .payload = to_payload(alert),
      .stored = false};
}

}  // namespace

void Announcer::restore(std::vector<watch::Incident> open,
                        std::span<const watch::NotifiedIncident> announced) {
  for (watch::Incident& incident : open) {
    const auto found = std::ranges::find(announced, incident.id, &watch::NotifiedIncident::id);
    const bool was = found != announced.end();
    const watch::IncidentId id = incident.id;
    open_[id] = {.incident = std::move(incident),
                 .announced = was,
                 .is_pending = was && found->is_pending,
                 .silenced_by = ""};
  }
}

Plan Announcer::on_event(watch::IncidentEvent event, std::span<const watch::Silence> silences) {
  Known& known = open_[event.incident.id];
  known.incident = event.incident;
  const bool ends = event.change == watch::IncidentChange::kEnded;
  const std::string silence = watch::silenced_by(silences, event.incident, event.at);
  if (!silence.empty()) known.silenced_by = silence;

  // A silence or a hold suppresses every event except the end of an announced incident. The end of
  // an incident that was never announced is always suppressed.
  const bool held = ends ? !known.announced : is_on_hold_ || !silence.empty();
  event.silenced_by = held ? known.silenced_by : "";
  known.is_pending = held && known.announced;
  Plan plan{event, {}};
  if (!held) {
    // The first message about an incident always says that it opened.
    if (!known.announced) event.change = watch::IncidentChange::kOpened;
    known.announced = true;
    plan.messages = for_all(event);
  }
  if (ends) {
    if (known.announced) ended_.push_back(event.incident);
    open_.erase(event.incident.id);
  }
  return plan;
}

std::vector<Plan> Announcer::on_tick(WallTime now, std::span<const watch::Silence> silences) {
  std::vector<Plan> plans;
  if (is_on_hold_) return plans;
  for (auto& [id, known] : open_) {
    if (known.announced && !known.is_pending) continue;
    const std::string silence = watch::silenced_by(silences, known.incident, now);
    if (!silence.empty()) {
      known.silenced_by = silence;
      continue;
    }
    const auto change =
        known.announced ? watch::IncidentChange::kChanged : watch::IncidentChange::kOpened;
    known.announced = true;
    known.is_pending = false;
    watch::IncidentEvent event{change, now, known.incident, ""};
    auto messages = for_all(event);
    plans.push_back({std::move(event), std::move(messages)});
  }
  return plans;
}

watch::IncidentEvent Announcer::amend(watch::Incident incident, WallTime now) {
  Known& known = open_[incident.id];
  known.incident = std::move(incident);
  return restated(known, now);
}

watch::IncidentEvent Announcer::restated(const Known& known, WallTime now) const {
  const bool held = !known.announced || known.is_pending;
  return {watch::IncidentChange::kChanged, now, known.incident, held ? known.silenced_by : ""};
}

std::vector<watch::IncidentEvent> Announcer::restated(WallTime now) const {
  std::vector<watch::IncidentEvent> events;
  events.reserve(open_.size());
  for (const auto& [id, known] : open_) {
    // This first event records that the incident was announced; the next one that a change is
    // pending.
    if (known.is_pending) {
      events.push_back({watch::IncidentChange::kChanged, now, known.incident, ""});
    }
    events.push_back(restated(known, now));
  }
  return events;
}

std::vector<history::OutboxMessage> Announcer::repeats(WallTime now, bool can_judge) {
  std::erase_if(ended_, [&](const watch::Incident& incident) {
    return incident.ended_at.value_or(now) + options_.ended_repeats_for < now;
  });
  std::map<std::string, Alert> states;  // by identity; an open incident replaces one that has ended
  for (const watch::Incident& incident : ended_) {
    states[identity(incident)] = alert_of({watch::IncidentChange::kEnded, now, incident, ""});
  }
  for (const auto& [id, known] : open_) {
    if (!known.announced) continue;
    states[identity(known.incident)] =
        alert_of({watch::IncidentChange::kChanged, now, known.incident, ""});
  }

  std::vector<history::OutboxMessage> messages;
  for (const Recipient& recipient : options_.recipients) {
    if (!recipient.newest_only) continue;
    for (const auto& [subject, alert] : states) {
      messages.push_back(passing_message(recipient, alert, subject));
    }
    if (recipient.heartbeat && can_judge)
      messages.push_back(passing_message(recipient, heartbeat(now), kHeartbeatSubject));
  }
  return messages;
}

std::vector<history::OutboxMessage> Announcer::heartbeats(WallTime now, bool can_judge) const {
  std::vector<history::OutboxMessage> messages;
  for (const Recipient& recipient : options_.recipients) {
    if (recipient.newest_only || !recipient.heartbeat || !can_judge) continue;
    messages.push_back(passing_message(recipient, heartbeat(now), kHeartbeatSubject));
  }
  return messages;
}

Alert Announcer::heartbeat(WallTime now) const {
  return {AlertKind::kHeartbeat, now, options_.site, options_.vantage};
}

history::OutboxMessage Announcer::test_message(const Recipient& recipient, WallTime now) const {
  auto message =
      passing_message(recipient, {AlertKind::kTest, now, options_.site, options_.vantage}, "test");
  message.try_once = true;
  return message;
}

std::vector<history::OutboxMessage> Announcer::for_all(const watch::IncidentEvent& event) const {
  const std::string payload = to_payload(alert_of(event));
  const std::string& id = event.incident.id.value;
  std::vector<history::OutboxMessage> messages;
  messages.reserve(options_.recipients.size());
  for (const Recipient& recipient : options_.recipients) {
    if (recipient.newest_only && goes_on(event.incident)) continue;
    messages.push_back({.key = fmt::format("{}/{}/{}/{}", id, to_string(event.change),
                                           event.at.time_since_epoch().count(), recipient.name),
                        .receiver = recipient.name,
                        .subject = recipient.newest_only ? identity(event.incident) : id,
                        .created_at = event.at,
                        .payload = payload});
  }
  return messages;
}

// True if the incident continues as part of one with the same identity. Alertmanager would take its
// end for the end of that one.
bool Announcer::goes_on(const watch::Incident& incident) const {
  const auto found = open_.find(incident.absorbed_by);
  return found != open_.end() && identity(found->second.incident) == identity(incident);
}

Alert Announcer::alert_of(const watch::IncidentEvent& event) const {
  return {AlertKind::kIncident, event.at,       options_.site,          options_.vantage,
          event.change,         event.incident, page_of(event.incident)};
}

// "https://noc.example.net/rollcall/#group=web42", the form that the web page itself uses.
std::string Announcer::page_of(const watch::Incident& incident) const {
  if (options_.page.empty()) return "";
  const std::string page = options_.page + "/";
  if (incident.scope != watch::IncidentScope::kGroup) return page;
  return page + "#group=" + percent_encoded(incident.subject);
}

}  // namespace rollcall::alert
