// The way out of this host, for the doctor: to the targets, or where the default route leads.
//
// Threading: set-up only.
// Ownership: values.
// Units:     none.
// Errors:    findings of the check named "route".
// Cost:      that of plan_routes(); a few netlink round trips without targets.
#pragma once

#include <optional>
#include <vector>

#include "cli/doctor/check.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

struct EgressRoute {
  Check check;
  std::optional<send::RoutePlan> plan{};  // only with targets, and when some can be reached
  std::vector<std::string> interfaces{};  // that probes would leave through
  std::optional<Address> self{};          // an address of this host
  std::uint64_t on_link = 0;              // targets without a gateway
};

EgressRoute find_egress_route(const inventory::TargetTable& table,
                              const send::RouteRequest& request);
EgressRoute find_default_egress(const send::RouteRequest& request);

}  // namespace rollcall::doctor
