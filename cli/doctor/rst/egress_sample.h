// Chooses a few targets for each egress of this host. They are spread evenly over the fleet, so
// that one dead server does not make all of them silent.
//
// Threading: pure functions.
// Errors:    an egress without targets has no sample.
// Cost:      two passes over the table.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

// The properties that firewall rules may distinguish, and the kind of socket that sends.
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

// At most `per_egress` targets for each egress. If an egress has targets that are expected open,
// only these are chosen, because only an open port sends SYN-ACKs.
std::vector<EgressSample> sample_egresses(const inventory::TargetTable& table,
                                          const send::RoutePlan& routes, bool raw_ip_only,
                                          std::uint32_t per_egress);

}  // namespace rollcall::doctor
