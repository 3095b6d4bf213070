// Checks the next hops of a plan again after a sweep in which a target did not answer.
//
// A gateway that died or was replaced during the sweep makes every target behind it silent, for the
// kernel's own connects as well. That silence is no evidence against a target.
//
//   evidence                                          conclusion
//   a reply came by this hop late in the sweep ...... alive, also if it does not answer ARP
//   its gateway answers ARP or NDP now .............. alive
//   its gateway is silent now ....................... lost
//   silent, and its neighbour entry is static ....... unknown: such a gateway may not speak ARP
//   no gateway, or no link layer .................... unknown: there is no gateway to send ARP to
//   its interface is down or has no carrier ......... lost
//   another MAC address than in the plan ............ changed: probes went to the former device
//   another member of its multipath route is lost ... as that member: a connect may have gone there
//
// Threading: after the sweep; blocks.
// Ownership: returns values.
// Units:     hops are indices into RoutePlan::hops().
// Errors:    a route that cannot be planned any more is a finding, not an error.
// Cost:      as plan_routes(), plus one ARP or NDP request for each gateway. All requests together
//            take 1.5 s when a gateway is silent.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::cli {

struct NextHopHealth {
  bool alive = false;  // meaningful if known
  bool known = false;
  std::string reason;                     // "the gateway 192.0.2.1 on eth0 does not answer ARP"
  std::optional<send::MacAddress> mac{};  // of the gateway, if it answered
};

// For each hop of the plan, whether it works now.
std::vector<NextHopHealth> next_hop_health(const send::RoutePlan& plan);

struct ChangedHop {
  std::size_t hop = 0;
  std::string reason;
};

// Whether a reply from behind this hop arrived late in the sweep. An empty function: not known for
// any hop.
using HeardLate = std::function<bool(std::size_t hop)>;

// The hops of `before`, in order, behind which silent targets must not be called missing.
std::vector<ChangedHop> changed_hops(const inventory::TargetTable& table,
                                     const send::RouteRequest& request,
                                     const send::RoutePlan& before,
                                     const HeardLate& heard_late = {});

// A message for the operator: a dead member of a multipath route, and its effect.
std::string dead_member_text(const send::DeadMember& member);

// The routes of this host after the sweep.
struct RoutesNow {
  std::optional<send::RoutePlan> plan{};
  std::string failure{};                // if there is no plan
  std::vector<NextHopHealth> health{};  // for each hop of the former plan
  std::vector<bool> self_is_own{};      // likewise: this host still has its source address
};

// Compares `before` with routes that the caller has read.
std::vector<ChangedHop> changed_hops(const send::RoutePlan& before, const RoutesNow& now,
                                     const HeardLate& heard_late);

}  // namespace rollcall::cli
