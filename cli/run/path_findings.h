// What a sweep learned about its own path, in words: for its result and for who reads it.
//
// Threading: pure functions.
// Ownership: borrow their arguments.
// Units:     none.
// Errors:    none.
// Cost:      a few strings a sweep.
#pragma once

#include <string>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// Facts that leave the verdicts standing: witnesses that were missing for a while, the loss of the
// path, very many silent at once and whether it was the fleet or ourselves.
std::vector<sweep::Finding> path_findings(const sweep::Sweep& sweep,
                                          const inventory::TargetTable& table,
                                          const send::RoutePlan& routes);

// Rules of this host that answer in the targets' place. They explain other findings, so they come
// first.
std::vector<sweep::Finding> misleading_rules(const sweep::Sweep& sweep);

// "the gateway 192.0.2.1 on eth0", "the link on eth0".
std::string name_of_hop(const send::NextHop& hop);

// Answers that cannot be true: something on the way speaks for others, so that "open" means
// nothing.
std::vector<std::string> canary_lies(const sweep::Sweep& sweep,
                                     const inventory::TargetTable& table);

// Requires: sweep.gave_up().
std::string why_it_gave_up(const sweep::Sweep& sweep);

}  // namespace rollcall::cli
