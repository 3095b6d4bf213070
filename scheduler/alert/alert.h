// What is told to receivers, and the JSON in which it waits, is signed and is handed to commands.
//
// {"schema":"rollcall.alert/1","kind":"incident","change":"opened","at":"...","site":"...",
//  "vantage":"...","page":"https://...","incident":{...},"lists_complete":true}; "change" and
// "incident" only where the kind is "incident", "page" only where http.external_url is set.
//
// Threading: pure.
// Ownership: own everything.
// Units:     wall time.
// Errors:    alert_from() says what is wrong with a payload; to_payload() has none.
// Cost:      a payload is at most history::kPayloadBytesMax: long lists are cut, and it says so.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "scheduler/history/batch.h"

namespace rollcall::alert {

enum class AlertKind : std::uint8_t {
  kIncident,
  kHeartbeat,  // firing while all can be judged: its absence is the alarm (a dead man's switch)
  kTest,       // somebody tries whether alerts arrive
};
std::string_view to_string(AlertKind kind);  // "incident", "heartbeat", "test"

struct Alert {
  AlertKind kind = AlertKind::kTest;
  WallTime at{};
  std::string site;                                               // "" where there is but one
  std::string vantage;                                            // the monitor host
  watch::IncidentChange change = watch::IncidentChange::kOpened;  // these two: kIncident only
  watch::Incident incident;
  std::string page;  // where a browser sees it; "": nowhere is known
};

std::string to_payload(const Alert& alert);
Result<Alert> alert_from(const history::OutboxMessage& message);

// "RollcallGroup", "RollcallParent", "RollcallFleet", "RollcallHeartbeat", "RollcallTest". With the
// subject it is what an Alertmanager knows an incident by; it must not change while the incident
// lasts, so the trouble is no part of it.
std::string alert_name(const Alert& alert);

// One line for a person: "[opened] web42: 217 of 254 answer".
std::string headline(const Alert& alert);
// At most `items_max` of them, joined by ", ", and how many more there are.
std::string joined(const std::vector<std::string>& items, std::size_t items_max);

}  // namespace rollcall::alert
