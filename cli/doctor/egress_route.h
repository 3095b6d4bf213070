// Finds the routes from this host to the targets for the doctor, or without targets the default
// route.
//
// Threading: set-up only.
// Errors:    reported in the check named "route".
// Cost:      that of plan_routes(); without targets a few netlink round trips.
#pragma once

#include <optional>
#include <vector>

#include "cli/doctor/check.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

struct EgressRoute {
  Check check;
  std::optional<send::RoutePlan> plan{};  // only with targets, and if a route to some exists
  std::vector<std::string> interfaces{};  // through which probes would leave
  std::optional<Address> self{};          // an address of this host
  std::uint64_t on_link = 0;              // targets without a gateway
};

EgressRoute find_egress_route(const inventory::TargetTable& table,
                              const send::RouteRequest& request);
EgressRoute find_default_egress(const send::RouteRequest& request);

}  // namespace rollcall::doctor
