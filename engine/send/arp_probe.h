// Asks a gateway for its MAC address over the wire, now, past the kernel's neighbour cache.
//
// The cache calls a neighbour reachable for up to 45 s after it was last heard (RFC 4861's
// reachable time, net/core/neighbour.c), far too long to learn from it that a gateway died in the
// middle of a sweep.
//
// Threading: any; blocks for at most `patience`.
// Ownership: opens and closes its own socket.
// Units:     none.
// Errors:    kPermission and kSystem when it could not ask. No answer is nullopt.
// Cost:      at most three ARP requests (RFC 826), spread over `patience`.
#pragma once

#include <optional>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/send/next_hop.h"

namespace rollcall::send {

// Requires: hop.uses_packet_socket(), and its gateway is IPv4.
Result<std::optional<MacAddress>> ask_arp(const NextHop& hop, Duration patience);

}  // namespace rollcall::send
