// Describes which addresses of a group are missing, in words that hint at the cause.
// Example: a deployment script that stopped half-way leaves "the last 54: nothing after .200 came
// up".
//
// Threading: a pure function.
// Units:     counts of addresses. Positions count the group's addresses in ascending order, so an
//            address that the group never owned does not split a block. A subnet is a /24
//            (IPv6: /64).
// Cost:      one pass over the group's rows, 20 bytes an address while it runs. The text names at
//            most three subnets.
#pragma once

#include <string>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"

namespace rollcall::verdict {

// Requires: `report` is of this table. Returns the text of the first row that fits:
//
//   all are missing                       ""  (the verdict `down` already says so)
//   one is                                "1 address"
//   all of one family of two              "all of its IPv6 addresses"
//   all of some subnets of several        "all of 10.0.43.0/24 and 10.0.44.0/24"
//   a tail                                "the last 54: nothing after .200 came up"
//   a head                                "the first 10: nothing before .11 came up"
//   a tail or head of one subnet of some  "the last 5 of 10.0.43.0/24: nothing after .249 came up"
//   tails, heads or all of some subnets   "the last 9 of 10.0.43.0/24 and all of 10.0.44.0/24"
//   neighbours in the middle              "one block of 20"
//   evenly spaced through the group       "every 2nd address"
//   evenly spaced through one subnet      "every 2nd address of 10.0.43.0/24"
//   anything else                         "12 addresses in 5 blocks", "7 single addresses"
//   anything else in one subnet of some   "12 addresses in 5 blocks, all in 10.0.43.0/24"
//
// When no address is missing, but services of answering addresses fail:
//
//   one port, on each address             "port 443 on all of them"
//   one port, on each that expects it     "port 443 wherever it is expected"
//   all ports of each of several          "no port is as expected on any of them"
//   anything else                         ""
std::string describe_pattern(const inventory::TargetTable& table, const GroupReport& report);

}  // namespace rollcall::verdict
