// Makes the findings that a sweep reports about its own path: one message for each.
//
// Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// Findings that do not change a verdict: times without replies on an egress, the loss of the path,
// and limited groups. If many targets fell silent at once, also the probable cause.
std::vector<sweep::Finding> path_findings(const sweep::Sweep& sweep,
                                          const inventory::TargetTable& table,
                                          const send::RoutePlan& routes);

// Firewall rules of this host that make it answer for its targets. They explain other findings, so
// they come first.
std::vector<sweep::Finding> misleading_rules(const sweep::Sweep& sweep);

// "the gateway 192.0.2.1 on eth0", "the link on eth0".
std::string name_of_hop(const send::NextHop& hop);

// Canaries that answered and must not: a device on the path answers for other hosts, so that "open"
// proves nothing.
std::vector<std::string> canary_lies(const sweep::Sweep& sweep,
                                     const inventory::TargetTable& table);

// Requires: sweep.gave_up().
std::string why_it_gave_up(const sweep::Sweep& sweep);

}  // namespace rollcall::cli
