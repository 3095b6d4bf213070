// Probes next hops by ARP or neighbour solicitation, without the kernel's neighbour cache.
//
// The cache calls a neighbour reachable for up to 45 s after its last reply (RFC 4861's reachable
// time, net/core/neighbour.c). That is far too long to detect a gateway that died in the middle of
// a sweep. Requests of our own need CAP_NET_RAW, which every sweep has. The kernel's requests
// (NTF_USE over rtnetlink) need CAP_NET_ADMIN, which the service does not have.
//
//   IPv4: ARP request (RFC 826) by a packet socket
//   IPv6: neighbour solicitation (RFC 4861, 4.3) by a raw ICMPv6 socket
//
// Threading: any; blocks until every neighbour has answered, for at most `patience`.
// Ownership: opens and closes its own sockets, one for each interface and family.
// Errors:    kPermission and kSystem when no socket can be opened.
// Cost:      three rounds of requests, spread over `patience`, to those that have not answered.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/send/routing/route_source.h"

namespace rollcall::send {

struct NeighbourReply {
  bool asked = false;  // at least one request left this host
  std::optional<MacAddress> mac;
};

// One reply for each neighbour, in order.
Result<std::vector<NeighbourReply>> ask_neighbours(std::span<const Neighbour> neighbours,
                                                   Duration patience);

}  // namespace rollcall::send
