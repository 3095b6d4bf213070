// Adds the routes that Prometheus scrapes: GET /metrics and, for users of blackbox_exporter, GET
// /probe.
#pragma once

#include "cli/web/http/router.h"

namespace rollcall::web {

void add_metrics_routes(Router& router);

}  // namespace rollcall::web
