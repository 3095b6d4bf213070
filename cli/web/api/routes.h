// The routes of /api/v1 and /-/, by where their answers come from.
//
// Threading: set-up; handlers as Router says.
// Ownership: handlers borrow what they are given, which outlives the server.
// Units:     none.
// Errors:    handlers answer with problems.
// Cost:      none.
#pragma once

#include "cli/service/service.h"
#include "cli/service/snapshot/snapshot_publisher.h"
#include "cli/web/http/router.h"

namespace rollcall::web {

// From the picture: status, groups, targets, map, inventory, silences, notes, health, events,
// openapi.json.
void add_fleet_routes(Router& router, const SnapshotPublisher& publisher);
// From the history: incidents, sweeps, histories, verifications.
void add_history_routes(Router& router);
// What changes something.
void add_action_routes(Router& router, cli::Service& service);

// The description of all of them (openapi.json), and its tag.
std::string_view openapi_document();
std::string_view openapi_etag();

}  // namespace rollcall::web
