// Finds the MAC addresses of gateways: in the kernel's neighbour tables, else by ARP or NDP.
//
// The kernel is not made to resolve a neighbour. That takes a datagram to it, which is a packet
// outside of the operator's scope, or CAP_NET_ADMIN. An ARP request or a neighbour solicitation of
// our own (neighbour_probe.h) sends nothing beyond the link.
//
// Threading: set-up only; waits on the calling thread.
// Ownership: borrows the socket for the call.
// Units:     interface indices as in if_nametoindex(3).
// Errors:    kSystem when rtnetlink fails; kPermission when a neighbour is unknown to the kernel
//            and raw sockets are refused. A neighbour that does not answer is a nullopt.
// Cost:      one netlink round trip a neighbour when all are known; else up to kResolveTimeMax for
//            all together.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/send/routing/netlink_socket.h"
#include "engine/send/routing/route_source.h"

namespace rollcall::send {

// The kernel's table entry of a neighbour.
struct NeighbourEntry {
  std::optional<MacAddress> mac;  // only if the kernel itself would use it
  bool is_static = false;         // set by the administrator: the kernel never checks that it lives
};

Result<NeighbourEntry> look_up_neighbour(NetlinkSocket& netlink, const Neighbour& neighbour);

Result<std::vector<std::optional<MacAddress>>> resolve_neighbours(
    NetlinkSocket& netlink, std::span<const Neighbour> neighbours);

}  // namespace rollcall::send
