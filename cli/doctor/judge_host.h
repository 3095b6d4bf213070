// Judges the settings of this host by fixed thresholds, and names a fix for each problem.
//
// Threading: pure functions.
// Units:     rates in probes per second.
#pragma once

#include <cstddef>

#include "cli/doctor/check.h"
#include "cli/doctor/host_facts.h"

namespace rollcall::doctor {

// The source ports of probes.
PortRange probe_ports();

Check judge_capability(bool has_net_raw);
// `wanted`: --lane io_uring was given, so a sweep cannot fall back to another lane.
Check judge_uring(const UringFacts& facts, bool wanted);
Check judge_ports(const PortFacts& facts);
Check judge_files(const LimitFacts& facts);
Check judge_memlock(const LimitFacts& facts);
// `tracked`: the number of targets probed over raw IP; each takes one conntrack entry.
Check judge_conntrack(const ConntrackFacts& facts, std::uint64_t tracked);
Check judge_clock(const ClockFacts& facts);
Check judge_steering(const SteeringFacts& facts);
// `finds_rate`: --rate auto starts at `rate` and may send faster later.
Check judge_ring(std::size_t ring_bytes, PacketRate rate, bool finds_rate);
Check judge_neighbours(std::optional<std::uint64_t> neighbours_max, std::uint64_t on_link);
Check judge_packet_sockets(std::optional<std::size_t> others);

}  // namespace rollcall::doctor
