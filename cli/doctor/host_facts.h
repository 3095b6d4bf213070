// What the kernel says of this host, read once.
//
// Threading: set-up only.
// Ownership: values.
// Units:     as the names say; rates in probes per second.
// Errors:    a file that is not there or not readable is nullopt: the check then says so.
// Cost:      some twenty small files in /proc and /sys; of the socket tables at most
//            kSocketLinesMax lines each.
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

// Reading /proc/net/tcp costs about a microsecond a line, and 100,000 lines are no news on a host
// that serves: what matters here, a socket in our range, is worth a few milliseconds.
inline constexpr std::size_t kSocketLinesMax = 20000;

struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // included

  bool operator==(const PortRange&) const = default;
};

struct PortFacts {
  std::optional<PortRange> ephemeral;  // net.ipv4.ip_local_port_range
  std::vector<PortRange> reserved;     // net.ipv4.ip_local_reserved_ports
  std::vector<Port> in_use;            // of our range, by sockets of this host
};

struct UringFacts {
  int sys_errno = 0;                      // of io_uring_setup(2)
  std::optional<std::uint64_t> disabled;  // kernel.io_uring_disabled
};

struct LimitFacts {
  std::optional<std::uint64_t> files;    // hard RLIMIT_NOFILE; UINT64_MAX: none
  std::optional<std::uint64_t> memlock;  // hard RLIMIT_MEMLOCK in bytes
};

struct ConntrackFacts {
  std::optional<std::uint64_t> count;  // nullopt: not loaded
  std::optional<std::uint64_t> max;
};

struct SteeringFacts {
  std::vector<std::string> steered;      // of our interfaces, those with RPS on
  std::optional<std::uint64_t> backlog;  // net.core.netdev_max_backlog, of one CPU, in packets
};

struct ClockFacts {
  std::string current;
  std::string available;
};

bool has_net_raw();
// How many packets reverse path filtering has dropped since the network namespace was made.
std::uint64_t read_reverse_path_drops();
// 0 off, 1 strict, 2 loose; as the kernel applies it to packets that come in on that interface.
int read_rp_filter(const std::string& interface);
PortFacts read_port_facts(PortRange ours);
UringFacts read_uring_facts();
LimitFacts read_limit_facts();
ConntrackFacts read_conntrack_facts();
SteeringFacts read_steering_facts(std::span<const std::string> interfaces);
ClockFacts read_clock_facts();
std::optional<std::uint64_t> read_neighbours_max();  // gc_thresh3, both families alike
// Packet sockets that take traffic in; nullopt: not ours to know.
std::optional<std::size_t> count_packet_sockets();

// The formats behind them; whatever does not parse is nothing.
std::optional<PortRange> parse_port_range(std::string_view text);
std::vector<PortRange> parse_reserved_ports(std::string_view text);
bool any_cpu_in(std::string_view mask);
// Local ports within `ours` of a table as /proc/net/tcp
// (Documentation/networking/proc_net_tcp.rst), less those in TIME_WAIT; at most kSocketLinesMax
// lines are read.
std::vector<Port> ports_in_use(std::istream& table, PortRange ours);
// Of a table as /proc/net/netstat: pairs of lines, the names of a section and their values.
std::optional<std::uint64_t> counter_in(std::istream& table, std::string_view section,
                                        std::string_view name);
// Of a table as /proc/net/packet: sockets with a protocol, which alone receive.
std::size_t receiving_sockets(std::istream& table);

}  // namespace rollcall::doctor
