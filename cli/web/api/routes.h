// Adds the routes of /api/v1 and /-/, by the source of their answers.
//
// Threading: set-up; handlers as Router says.
// Ownership: handlers borrow their arguments, which outlive the server.
// Errors:    handlers answer with problem documents.
#pragma once

#include "cli/service/service.h"
#include "cli/service/snapshot/snapshot_publisher.h"
#include "cli/web/http/router.h"

namespace rollcall::web {

// From the snapshot: status, groups, targets, map, inventory, silences, notes, health, events,
// openapi.json.
void add_fleet_routes(Router& router, const SnapshotPublisher& publisher);
// From the history: incidents, sweeps, histories, verifications.
void add_history_routes(Router& router);
// The routes that change something.
void add_action_routes(Router& router, cli::Service& service);

// The description of all routes (openapi.json), and its ETag.
std::string_view openapi_document();
std::string_view openapi_etag();

}  // namespace rollcall::web
