// Gathers the evidence that the kernel's own RST leaves (see rst_verdict.h).
//
// On the wire: one SYN to each of a few targets on every interface, just as a sweep sends it, and a
// tap on all interfaces that sees SYN-ACKs come and RSTs go. When none goes, one RST of our own
// tells which direction is blocked, and frees the target that has answered. On loopback, without
// targets or when they are silent: a SYN-ACK that nobody asked for, and a RST without a connection,
// to an address of our own. They go through a raw IP socket, whose packets pass the firewall as the
// kernel's own do; a packet socket on lo does not work, for the kernel drops frames that come in
// from its own address (martians). A plain SYN would not do: connection tracking sees it leave, and
// then calls SYN-ACK and RST valid, unlike in a sweep.
//
// Threading: set-up only.
// Ownership: borrows table and plan for the call.
// Units:     none.
// Errors:    kPermission without cap_net_raw; kSystem otherwise.
// Cost:      on the wire a round trip to the nearest target of each interface, else up to
//            2 x (answer_wait + 0.1 s); on loopback below 1 ms, or 0.1 s for what never comes.
//            Sends at most kTargetsPerEgress SYNs a way and round, only to targets of the table.
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
  // The last proof failed: ask as little as possible, since each question may leave a target with
  // a half-open connection. First a RST alone; only if that leaves, one target on each interface.
  bool refused_before = false;
  std::function<void()> on_refusal{};  // called when the proof fails; may be empty
};

// Both, as far as needed: loopback is asked only when some way's targets were all silent.
Result<RstEvidence> prove_rst(const inventory::TargetTable& table, const send::RoutePlan& routes,
                              const WireProofOptions& options);

Result<std::vector<WireEvidence>> prove_on_wire(const inventory::TargetTable& table,
                                                const send::RoutePlan& routes,
                                                const WireProofOptions& options);

// Requires: `self` is an address of this host.
Result<LoopEvidence> prove_on_loopback(const Address& self);

}  // namespace rollcall::doctor
