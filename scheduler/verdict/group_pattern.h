// What the missing addresses of a group look like among its own, in words that hint at the cause:
// a script that stopped half-way leaves "the last 54: nothing after .200 came up".
//
// Threading: a pure function.
// Ownership: returns a new string.
// Units:     counts of addresses; positions are within the group's addresses in ascending order, so
//            gaps that the group never owned do not break a block.
// Errors:    none.
// Cost:      one pass over the group's rows, 20 bytes an address while it runs.
#pragma once

#include <string>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"

namespace rollcall::verdict {

// Requires: `report` is of this table. The first that fits:
//
//   all are missing                          ""  (the verdict `down` says it)
//   one is                                   "1 address"
//   all of one /24 (IPv6: /64) of several    "all of 10.0.43.0/24"
//   a tail                                   "the last 54: nothing after .200 came up"
//   a head                                   "the first 10: nothing before .11 came up"
//   neighbours in the middle                 "one block of 20"
//   evenly spaced through the whole group    "every 2nd address"
//   none, but one port fails on each         "port 443 on all of them"
//   anything else                            ""
std::string describe_pattern(const inventory::TargetTable& table, const GroupReport& report);

}  // namespace rollcall::verdict
