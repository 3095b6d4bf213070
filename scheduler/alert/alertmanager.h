// Sends alerts to one Alertmanager instance with its v2 API. A cluster needs one receiver for each
// instance.
//
// Alertmanager identifies an alert by alertname, group and site alone, so that several vantages
// that see one group's incident send one alert. All other data are annotations. Heartbeats and
// tests also have the vantage as a label. An alert fires until `hold` from now, or for four times
// as long as one round of all alerts takes if that is longer. It is sent again before that. If
// rollcall dies, its alerts end by themselves.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Units:     wall time; RFC 3339 in the API.
// Errors:    as Receiver; make_alertmanager() refuses an invalid base URL.
// Cost:      one POST of up to 500 alerts, on a connection that stays open.
#pragma once

#include <memory>
#include <span>

#include "scheduler/alert/alert.h"
#include "scheduler/alert/receiver.h"
#include "scheduler/alert/transport/transfer.h"

namespace rollcall::alert {

struct AlertmanagerSettings {
  std::string name;
  std::string url;  // "http://am1.example:9093", optionally with a path prefix
  HttpAccess access;
  Duration hold = std::chrono::minutes(4);  // four times the repeat interval
};

Result<std::unique_ptr<Receiver>> make_alertmanager(AlertmanagerSettings settings);

// The body of POST /api/v2/alerts.
std::string alertmanager_body(std::span<const Alert> alerts, WallTime now, Duration hold);

}  // namespace rollcall::alert
