// Opens the sockets that a route plan needs: sinks for the sender, captures for the receiver.
//
// Threading: set-up only.
// Ownership: the caller owns the returned sinks and captures.
// Errors:    kPermission when raw sockets are not allowed; kPath and kSystem otherwise.
// Cost:      a few system calls for each interface.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/packet_source.h"
#include "engine/base/error.h"
#include "engine/packet/port_schedule.h"
#include "engine/send/packet_sink.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::cli {

// kAuto is sendmmsg: it is faster than io_uring in measurements, and every kernel has it (ADR 25).
enum class LaneChoice : std::uint8_t { kAuto, kUring, kSendmmsg, kIp };

struct Lanes {
  std::vector<std::unique_ptr<send::PacketSink>> sinks;
  std::vector<std::size_t> sink_of_hop;
  std::string name;  // lanes in use, joined by "+"
  bool has_raw_ip = false;
};

// One sink for each interface and kind of socket. On-link targets, and interfaces without a link
// layer, always use the raw-IP lane, because only the kernel can resolve their neighbours.
Result<Lanes> open_lanes(const send::RoutePlan& routes, LaneChoice choice);

// One capture for each interface of the plan, which receives replies to all our addresses. One more
// capture covers all other interfaces, because a reply may arrive on another interface than the
// probe used.
Result<std::vector<std::unique_ptr<capture::PacketSource>>> open_captures(
    const send::RoutePlan& routes, const packet::PortSchedule& ports, std::size_t ring_bytes);

// The distinct interfaces of a plan.
std::vector<std::string> interfaces_of(const send::RoutePlan& routes);

}  // namespace rollcall::cli
