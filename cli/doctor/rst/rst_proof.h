// Gathers the evidence that the kernel's own RST leaves (see rst_verdict.h).
//
// On the wire: sends one SYN to each of a few targets on every interface, just as a sweep does. A
// tap on all interfaces sees incoming SYN-ACKs and outgoing RSTs. If no RST leaves, the proof sends
// one RST of its own. That shows which direction is blocked, and ends the half-open connection of
// the target that answered.
//
// On loopback, if there are no targets or all are silent: sends two packets to an address of this
// host, an unsolicited SYN-ACK and a RST without a connection. They go through a raw IP socket,
// because its packets pass the firewall like the kernel's own. A packet socket on lo does not work:
// the kernel drops received frames that have its own source address (martians). A SYN does not work
// either: connection tracking sees it leave, and then calls SYN-ACK and RST valid, unlike in a
// sweep.
//
// Threading: set-up only.
// Ownership: borrows table and plan for the call.
// Errors:    kPermission without cap_net_raw; kSystem otherwise.
// Cost:      on the wire a round trip to the nearest target of each interface, else up to
//            2 x (answer_wait + 0.1 s). On loopback below 1 ms, or 0.1 s for each packet that does
//            not arrive. Sends at most kTargetsPerEgress SYNs for each egress and round, only to
//            targets of the table.
#pragma once

#include <functional>

#include "cli/doctor/rst/rst_verdict.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

inline constexpr std::uint32_t kTargetsPerEgress = 8;

struct WireProofOptions {
  bool raw_ip_only = false;  // the `ip` lane was chosen
  Duration answer_wait = std::chrono::milliseconds(300);
  // The last proof failed. Send as few SYNs as possible, because each may leave a half-open
  // connection on a target. First send a RST alone, and if that leaves, one SYN on each interface.
  bool refused_before = false;
  std::function<void()> on_refusal{};  // called when the proof fails; may be empty
};

// Proves on the wire, and on loopback too if all targets of an egress were silent.
Result<RstEvidence> prove_rst(const inventory::TargetTable& table, const send::RoutePlan& routes,
                              const WireProofOptions& options);

Result<std::vector<WireEvidence>> prove_on_wire(const inventory::TargetTable& table,
                                                const send::RoutePlan& routes,
                                                const WireProofOptions& options);

// Requires: `self` is an address of this host.
Result<LoopEvidence> prove_on_loopback(const Address& self);

}  // namespace rollcall::doctor
