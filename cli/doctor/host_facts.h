// Reads the settings and counters of this host's kernel once, for the doctor's checks.
//
// Threading: set-up only.
// Errors:    nullopt: the file is missing or not readable. The check then says so.
// Cost:      reads some twenty small files in /proc and /sys, and at most kSocketLinesMax lines of
//            each socket table.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/units.h"

namespace rollcall::doctor {

// Reading /proc/net/tcp costs about a microsecond for each line, and a busy server has 100,000
// lines. Finding a socket in our port range is worth a few milliseconds, no more.
inline constexpr std::size_t kSocketLinesMax = 20000;

struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // included

  bool operator==(const PortRange&) const = default;
};

struct PortFacts {
  std::optional<PortRange> ephemeral;  // net.ipv4.ip_local_port_range
  std::vector<PortRange> reserved;     // net.ipv4.ip_local_reserved_ports
  std::vector<Port> in_use;            // ports of our range that sockets of this host use
};

struct UringFacts {
  int sys_errno = 0;                      // of io_uring_setup(2)
  std::optional<std::uint64_t> disabled;  // kernel.io_uring_disabled
};

struct LimitFacts {
  std::optional<std::uint64_t> files;    // hard RLIMIT_NOFILE; UINT64_MAX: unlimited
  std::optional<std::uint64_t> memlock;  // hard RLIMIT_MEMLOCK in bytes
};

struct ConntrackFacts {
  std::optional<std::uint64_t> count;  // nullopt: not loaded
  std::optional<std::uint64_t> max;
};

struct SteeringFacts {
  std::vector<std::string> steered;      // our interfaces that have RPS on
  std::optional<std::uint64_t> backlog;  // net.core.netdev_max_backlog, in packets for each CPU
};

struct ClockFacts {
  std::string current;
  std::string available;
};

bool has_net_raw();
// The number of packets that reverse path filtering dropped since the network namespace was
// created.
std::uint64_t read_reverse_path_drops();
// 0 off, 1 strict, 2 loose: the value that the kernel applies to packets received on the interface.
int read_rp_filter(const std::string& interface);
PortFacts read_port_facts(PortRange ours);
UringFacts read_uring_facts();
LimitFacts read_limit_facts();
ConntrackFacts read_conntrack_facts();
SteeringFacts read_steering_facts(std::span<const std::string> interfaces);
ClockFacts read_clock_facts();
std::optional<std::uint64_t> read_neighbours_max();  // gc_thresh3 of IPv4, taken for both families
// The number of packet sockets that receive; nullopt: /proc/net/packet is not readable.
std::optional<std::size_t> count_packet_sockets();

// Parsers for these files. They skip values that they cannot parse.
std::optional<PortRange> parse_port_range(std::string_view text);
std::vector<PortRange> parse_reserved_ports(std::string_view text);
bool any_cpu_in(std::string_view mask);
// Parses a table in the format of /proc/net/tcp (Documentation/networking/proc_net_tcp.rst).
// Returns the local ports within `ours`, without sockets in TIME_WAIT. Reads at most
// kSocketLinesMax lines.
std::vector<Port> ports_in_use(std::istream& table, PortRange ours);
// Parses a table in the format of /proc/net/netstat: pairs of lines, first the names of a section,
// then their values.
std::optional<std::uint64_t> counter_in(std::istream& table, std::string_view section,
                                        std::string_view name);
// Parses a table in the format of /proc/net/packet. Counts sockets with a protocol, because a
// socket with protocol 0 receives nothing.
std::size_t receiving_sockets(std::istream& table);

}  // namespace rollcall::doctor
