// Decides whether silence counts if no reply at all came through an egress.
//
// Without a reply, the sweep itself cannot tell a dead server from a dead path. Two facts decide:
// the state of the next hop after the sweep, and what was probed (docs/when-silence-counts.md):
//
//   next hop      other egresses answer   one failure domain was probed   several were probed
//   ------------  ---------------------   -----------------------------   -------------------
//   dead          unknown                 unknown                         unknown
//   alive         missing                 missing                         unknown
//   not known     missing                 missing                         unknown
//
// A named group is one failure domain; addresses without a group are one each.
//
// Threading: after the sweep.
// Cost:      as next_hop_health(), and one pass over the targets. Nothing if all egresses answer.
#pragma once

#include <vector>

#include "cli/run/next_hop_check.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// Sets in the sweep which silence counts, and returns the next hops of all silent egresses.
// `next_hop_suffices`: judge several failure domains like one.
std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices);

// The same, with the health of each hop of the plan from the caller.
std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices,
                                                    const std::vector<NextHopHealth>& health);

// "no address answers by way of the gateway 192.0.2.1 on eth0, which itself answers"
std::string to_sentence(const sweep::SilentHop& hop);

}  // namespace rollcall::cli
