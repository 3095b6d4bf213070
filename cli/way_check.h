// Looks at the way to the targets once more, after a sweep in which somebody was missing.
//
// A gateway that died or was replaced in mid-sweep makes everybody behind it silent, for the
// kernel's own connects as well: that is trouble of our path, and no ground to call anybody
// missing.
//
// Threading: after the sweep.
// Ownership: returns values.
// Units:     positions in the plan's hops.
// Errors:    a way that cannot be planned any more is a finding, not an error.
// Cost:      as plan_routes(), and an ARP request a gateway; some seconds where one has died.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/inventory/target_table.h"
#include "engine/send/next_hop.h"

namespace rollcall::cli {

struct ChangedHop {
  std::size_t hop = 0;
  std::string reason;
};

// The hops of `before` that do not lead anywhere now, or elsewhere.
std::vector<ChangedHop> changed_hops(const inventory::TargetTable& table,
                                     const send::RouteRequest& request,
                                     const send::RoutePlan& before);

// A gateway's MAC address as it is now; nullopt when it does not answer.
using AskGateway = std::function<std::optional<send::MacAddress>(const send::NextHop&)>;

// The comparison alone.
std::vector<ChangedHop> changed_hops(const send::RoutePlan& before, const send::RoutePlan& after,
                                     const AskGateway& ask);

}  // namespace rollcall::cli
