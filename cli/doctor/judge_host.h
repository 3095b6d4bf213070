// From facts to findings: every threshold and every mend of the host's own settings is here.
//
// Threading: pure functions.
// Ownership: values.
// Units:     rates in probes per second.
// Errors:    none.
// Cost:      allocates text.
#pragma once

#include <cstddef>

#include "cli/doctor/check.h"
#include "cli/doctor/host_facts.h"

namespace rollcall::doctor {

// The source ports of probes.
PortRange probe_ports();

Check judge_capability(bool has_net_raw);
// `wanted`: --lane io_uring was given, so there is no falling back.
Check judge_uring(const UringFacts& facts, bool wanted);
Check judge_ports(const PortFacts& facts);
Check judge_files(const LimitFacts& facts);
Check judge_memlock(const LimitFacts& facts);
// `tracked`: targets whose SYNs go over raw IP, where each takes an entry.
Check judge_conntrack(const ConntrackFacts& facts, std::uint64_t tracked);
Check judge_clock(const ClockFacts& facts);
Check judge_steering(const SteeringFacts& facts);
// `finds_rate`: --rate auto only begins at `rate`.
Check judge_ring(std::size_t ring_bytes, PacketRate rate, bool finds_rate);
Check judge_neighbours(std::optional<std::uint64_t> neighbours_max, std::uint64_t on_link);
Check judge_packet_sockets(std::optional<std::size_t> others);

}  // namespace rollcall::doctor
