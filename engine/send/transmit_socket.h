// Opens the sockets that send probes.
//
// A packet socket is opened with protocol 0, so that it never queues received packets (packet(7)).
// PACKET_QDISC_BYPASS gives 25 % more packets a second, but a full transmit queue is an error at
// once (ENOBUFS). We want that error, because the counts are then exact. A raw IP socket carries
// its own header (IP_HDRINCL) and leaves routing and ARP to the kernel.
//
// Threading: set-up only.
// Ownership: returns the descriptor.
// Errors:    kPermission (EPERM) names the capability and how to grant it.
// Cost:      a few system calls.
#pragma once

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::send {

Result<Fd> open_packet_socket(const NextHop& hop);
Result<Fd> open_raw_ip_socket(const NextHop& hop);

// The error for every refusal of a raw socket: the capability, and the command that grants it.
Error raw_socket_refused(int sys_errno);

}  // namespace rollcall::send
