// Decides whether silence counts where no answer at all came by an egress.
//
// Without an answer, the sweep itself cannot tell a dead server from a dead path. What decides is
// the next hop, asked after the sweep, and what else was asked (docs/when-silence-counts.md):
//
//   next hop      other egresses answer   one failure domain was asked   several were asked
//   ------------  ---------------------   ----------------------------   ------------------
//   dead          unknown                 unknown                        unknown
//   alive         missing                 missing                        unknown
//   cannot tell   missing                 missing                        unknown
//
// A named group is one failure domain; addresses without a group are one each.
//
// Threading: after the sweep.
// Ownership: borrows its arguments.
// Units:     none.
// Cost:      see next_hop_health(), and one pass over the targets; nothing when all egresses answer.
#pragma once

#include <vector>

#include "cli/run/next_hop_check.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// Tells the sweep which silence to believe, and returns the next hops of all silent egresses.
// `next_hop_suffices`: several failure domains are judged like one.
std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices);

// The same, knowing of each hop of the plan whether it works.
std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices,
                                                    const std::vector<NextHopHealth>& health);

// "no address answers by way of the gateway 192.0.2.1 on eth0, which itself answers"
std::string to_sentence(const sweep::SilentHop& hop);

}  // namespace rollcall::cli
