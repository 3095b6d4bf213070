// One Alertmanager instance, by its v2 API. Give one receiver for each instance of a cluster.
//
// An alert is known by alertname, group and site alone, so that what several vantages say of one
// group is one alert; everything else are annotations. Heartbeats and tests have the vantage as a
// label too. It is said to fire until `hold` from now, or
// four times as long as one round of all alerts takes where that is longer, and said again before
// that: if rollcall dies, its alerts end by themselves.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Units:     wall time; RFC 3339 in the API.
// Errors:    as Receiver; make() refuses what is no base URL.
// Cost:      one POST of up to 500 alerts, on a connection that is kept.
#pragma once

#include <memory>
#include <span>

#include "scheduler/alert/alert.h"
#include "scheduler/alert/receiver.h"
#include "scheduler/alert/transport/transfer.h"

namespace rollcall::alert {

struct AlertmanagerSettings {
  std::string name;
  std::string url;  // "http://am1.example:9093", also with a path prefix
  HttpAccess access;
  Duration hold = std::chrono::minutes(4);  // four times the time between repeats
};

Result<std::unique_ptr<Receiver>> make_alertmanager(AlertmanagerSettings settings);

// The body of POST /api/v2/alerts.
std::string alertmanager_body(std::span<const Alert> alerts, WallTime now, Duration hold);

}  // namespace rollcall::alert
