// The MAC addresses of gateways, from the kernel's neighbour tables.
//
// Threading: set-up only; waits on the calling thread.
// Ownership: borrows the socket for the call.
// Units:     interface indices as in if_nametoindex(3).
// Errors:    kSystem when rtnetlink cannot be asked. A neighbour that does not answer is a nullopt.
// Cost:      one round trip a neighbour when all are known; else up to kResolveTimeMax for all
//            together.
//
// ARP and NDP are the kernel's: an unknown neighbour is sent one empty datagram to the discard port
// (RFC 863), which makes the kernel look for it. It needs no privilege; NTF_USE over rtnetlink
// would need CAP_NET_ADMIN.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/send/netlink_socket.h"
#include "engine/send/route_source.h"

namespace rollcall::send {

Result<std::vector<std::optional<MacAddress>>> resolve_neighbours(
    NetlinkSocket& netlink, std::span<const Neighbour> neighbours);

}  // namespace rollcall::send
