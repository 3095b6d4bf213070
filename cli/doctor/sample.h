// A few targets of each way out of this host, spread evenly over the fleet, so that one dead server
// does not silence them all.
//
// Threading: pure functions.
// Ownership: values.
// Units:     none.
// Errors:    none: a way without targets is not there.
// Cost:      two passes over the table.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/inventory/target_table.h"
#include "engine/send/next_hop.h"

namespace rollcall::doctor {

// What a firewall's rules may tell apart, and which socket sends.
struct Way {
  std::uint32_t interface_index = 0;
  bool v4 = true;
  bool packet_socket = true;

  bool operator==(const Way&) const = default;
};

struct WaySample {
  Way way;
  std::vector<TargetIndex> targets;
};

// At most `per_way` of each way. Those that are expected open come first: only they send SYN-ACKs.
std::vector<WaySample> sample_ways(const inventory::TargetTable& table,
                                   const send::RoutePlan& routes, bool raw_ip_only,
                                   std::uint32_t per_way);

}  // namespace rollcall::doctor
