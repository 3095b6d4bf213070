// An alert for receivers, and its JSON payload: the outbox stores it, webhooks sign it, commands
// read it.
//
// {"schema":"rollcall.alert/1","kind":"incident","change":"opened","at":"...","site":"...",
//  "vantage":"...","page":"https://...","incident":{...},"lists_complete":true}
//
// "change", "incident" and "lists_complete" exist only if the kind is "incident", "page" only if
// http.external_url is set.
//
// Threading: pure.
// Ownership: own everything.
// Units:     wall time.
// Errors:    alert_from() says what is wrong with a payload.
// Cost:      a payload is at most history::kPayloadBytesMax: long lists are cut; then
//            "lists_complete" is false.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "scheduler/history/batch.h"

namespace rollcall::alert {

enum class AlertKind : std::uint8_t {
  kIncident,
  // Fires while the watch can judge all targets; its absence is the alarm (a dead man's switch).
  kHeartbeat,
  kTest,  // a user tests whether alerts arrive
};
std::string_view to_string(AlertKind kind);  // "incident", "heartbeat", "test"

struct Alert {
  AlertKind kind = AlertKind::kTest;
  WallTime at{};
  std::string site;     // "" if there is only one
  std::string vantage;  // the monitor host
  // This and `incident` are set only for kIncident.
  watch::IncidentChange change = watch::IncidentChange::kOpened;
  watch::Incident incident;
  std::string page;  // URL of the incident's page; "": not configured
};

std::string to_payload(const Alert& alert);
Result<Alert> alert_from(const history::OutboxMessage& message);

// "RollcallGroup", "RollcallParent", "RollcallFleet", "RollcallVantage", "RollcallNextHop",
// "RollcallDependency", "RollcallHeartbeat", "RollcallTest". Alertmanager identifies an incident by
// this name and the subject. It must not change while the incident lasts, so it does not contain
// the trouble.
std::string alert_name(const Alert& alert);

// One line for a person: "[opened] web42: 217 of 254 answer".
std::string headline(const Alert& alert);
// Joins at most `items_max` items with ", ", and adds how many more there are.
std::string joined(const std::vector<std::string>& items, std::size_t items_max);

}  // namespace rollcall::alert
