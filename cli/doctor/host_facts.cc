#include "cli/doctor/host_facts.h"

#include <cap-ng.h>
#include <liburing.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace rollcall::doctor {
namespace {

// The first line of the longest setting, the reserved ports, has at most 64 KiB.
constexpr std::size_t kLineMax = 65536;

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line(kLineMax, '\0');
  file.getline(line.data(), static_cast<std::streamsize>(line.size()));
  if (!file && !file.eof()) return std::nullopt;
  line.resize(line.find('\0') == std::string::npos ? line.size() : line.find('\0'));
  return line;
}

std::optional<std::uint64_t> setting(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> hard_limit(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return std::nullopt;
  return limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : std::uint64_t{limit.rlim_max};
}

bool steered(const std::string& interface) {
  std::error_code error;
  const std::filesystem::path queues = "/sys/class/net/" + interface + "/queues";
  for (const auto& queue : std::filesystem::directory_iterator(queues, error)) {
    const auto mask = first_line(queue.path() / "rps_cpus");
    if (mask && any_cpu_in(*mask)) return true;
  }
  return false;
}

}  // namespace

bool has_net_raw() {
  return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW) != 0;
}

std::uint64_t read_reverse_path_drops() {
  std::ifstream table("/proc/net/netstat");
  return counter_in(table, "TcpExt:", "IPReversePathFilter").value_or(0);
}

int read_rp_filter(const std::string& interface) {
  const std::string folder = "/proc/sys/net/ipv4/conf/";
  // The kernel applies the higher of the two values (IN_DEV_RPFILTER).
  const auto of_all = setting(folder + "all/rp_filter").value_or(0);
  const auto of_one = setting(folder + interface + "/rp_filter").value_or(0);
  return static_cast<int>(std::max(of_all, of_one));
}

PortFacts read_port_facts(PortRange ours) {
  PortFacts facts;
  if (const auto line = first_line("/proc/sys/net/ipv4/ip_local_port_range")) {
    facts.ephemeral = parse_port_range(*line);
  }
  if (const auto line = first_line("/proc/sys/net/ipv4/ip_local_reserved_ports")) {
    facts.reserved = parse_reserved_ports(*line);
  }
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream table(path);
    std::ranges::copy(ports_in_use(table, ours), std::back_inserter(facts.in_use));
  }
  return facts;
}

UringFacts read_uring_facts() {
  UringFacts facts{.disabled = setting("/proc/sys/kernel/io_uring_disabled")};
  io_uring ring{};
  facts.sys_errno = -io_uring_queue_init(1, &ring, 0);
  if (facts.sys_errno == 0) io_uring_queue_exit(&ring);
  return facts;
}

LimitFacts read_limit_facts() {
  return {hard_limit(RLIMIT_NOFILE), hard_limit(RLIMIT_MEMLOCK)};
}

ConntrackFacts read_conntrack_facts() {
  return {setting("/proc/sys/net/netfilter/nf_conntrack_count"),
          setting("/proc/sys/net/netfilter/nf_conntrack_max")};
}

SteeringFacts read_steering_facts(std::span<const std::string> interfaces) {
  SteeringFacts facts{.backlog = setting("/proc/sys/net/core/netdev_max_backlog")};
  std::ranges::copy_if(interfaces, std::back_inserter(facts.steered), steered);
  return facts;
}

ClockFacts read_clock_facts() {
  const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
  return {first_line(folder + "current_clocksource").value_or(""),
          first_line(folder + "available_clocksource").value_or("")};
}

std::optional<std::uint64_t> read_neighbours_max() {
  return setting("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
}

std::optional<std::size_t> count_packet_sockets() {
  std::ifstream table("/proc/net/packet");
  if (!table) return std::nullopt;
  return receiving_sockets(table);
}

}  // namespace rollcall::doctor
