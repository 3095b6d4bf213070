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
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

// What a firewall's rules may tell apart, and which socket sends.
struct Egress {
  std::uint32_t interface_index = 0;
  bool v4 = true;
  bool packet_socket = true;

  bool operator==(const Egress&) const = default;
};

struct EgressSample {
  Egress egress;
  std::vector<TargetIndex> targets;
};

// At most `per_egress` of each way. Those that are expected open come first: only they send SYN-ACKs.
std::vector<EgressSample> sample_egresses(const inventory::TargetTable& table,
                                          const send::RoutePlan& routes, bool raw_ip_only,
                                          std::uint32_t per_egress);

}  // namespace rollcall::doctor
