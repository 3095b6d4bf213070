#include "cli/doctor/judge_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

#include "engine/base/error.h"
#include "engine/packet/port_schedule.h"
#include "scheduler/recheck/connect_socket.h"

namespace rollcall::doctor {
namespace {

// 4,096 rechecks in flight, and 304 for sockets, rings, files and libraries.
constexpr std::uint64_t kFilesMin = 4400;
// The lowest default that Linux ever had. Kernels before 5.12 charge io_uring's rings to it.
constexpr std::uint64_t kMemlockMin = 64 << 10;
constexpr double kConntrackFull = 0.8;
// Measured: with the default of 1,000 packets, 4 % of 250,000 replies per second were lost.
constexpr std::uint64_t kBacklogMin = 20000;
// One reply of up to 128 bytes with its headers in libpcap's ring.
constexpr std::size_t kRingBytesPerReply = 208;
// The ring must hold the replies of this time, while the kernel does not run the capture thread.
constexpr double kRingSecondsMin = 0.3;
constexpr double kRingMibMax = 1024;  // as --capture-ring
constexpr double kNeighboursFull = 0.8;

// Clock sources that user space reads without a system call (vDSO), for the architectures and
// hypervisors that Debian supports.
constexpr std::array<std::string_view, 5> kFastClocks{"tsc", "kvm-clock", "arch_sys_counter",
                                                      "hyperv_clocksource_tsc_page", "timebase"};

bool overlap(PortRange a, PortRange b) {
  return a.first <= b.last && b.first <= a.last;
}

bool covered(PortRange whole, const std::vector<PortRange>& parts) {
  for (std::uint32_t port = whole.first; port <= whole.last; ++port) {
    const bool in = std::ranges::any_of(
        parts, [port](PortRange part) { return part.first <= port && port <= part.last; });
    if (!in) return false;
  }
  return true;
}

std::string why_no_uring(const UringFacts& facts) {
  if (facts.sys_errno == ENOSYS) return "this kernel has no io_uring, or a container hides it";
  if (facts.sys_errno == ENOMEM) return "RLIMIT_MEMLOCK is too small for a ring";
  if (facts.sys_errno != EPERM && facts.sys_errno != EACCES) return errno_text(facts.sys_errno);
  if (facts.disabled.value_or(0) > 0) {
    return fmt::format("kernel.io_uring_disabled is {}", *facts.disabled);
  }
  return "a seccomp filter (of a container or a unit) refuses io_uring_setup(2)";
}

std::string size_text(std::uint64_t value) {
  return value == UINT64_MAX ? "unlimited" : fmt::format("{}", value);
}

}  // namespace

PortRange probe_ports() {
  const std::uint32_t first = packet::kDefaultPortBase.value;
  return {first, first + packet::kPortSpan - 1};
}

Check judge_capability(bool has_net_raw) {
  if (has_net_raw) return {Status::kOk, "capability", "cap_net_raw is there"};
  return {Status::kFail, "capability",
          "cap_net_raw is missing: raw sockets are not permitted; run as root, or grant it once",
          "sudo setcap cap_net_raw+ep \"$(readlink -f \"$(command -v rollcall)\")\""};
}

Check judge_uring(const UringFacts& facts, bool wanted) {
  if (facts.sys_errno == 0) return {Status::kOk, "io_uring", "available"};
  Check check{wanted ? Status::kFail : Status::kWarn, "io_uring",
              why_no_uring(facts) + (wanted ? "" : "; sweeps connect with epoll instead")};
  if (facts.disabled.value_or(0) > 0) check.fix = "sysctl -w kernel.io_uring_disabled=0";
  return check;
}

Check judge_ports(const PortFacts& facts) {
  const PortRange ours = probe_ports();
  if (!facts.in_use.empty()) {
    return {Status::kWarn, "ports",
            fmt::format("{} of this host on ports of {}-{}, the first one on {}: peers' answers "
                        "and ours can be taken for each other",
                        facts.in_use.size() == 1 ? "1 socket"
                                                 : fmt::format("{} sockets", facts.in_use.size()),
                        ours.first, ours.last, facts.in_use.front().value),
            fmt::format("ss -tanp 'sport >= :{} and sport <= :{}'", ours.first, ours.last)};
  }
  if (!facts.ephemeral) {
    return {Status::kWarn, "ports", "net.ipv4.ip_local_port_range cannot be read"};
  }
  if (overlap(*facts.ephemeral, ours) && !covered(ours, facts.reserved)) {
    return {Status::kWarn, "ports",
            fmt::format("the kernel takes {}-{} for its own connections, which overlaps our "
                        "source ports {}-{}",
                        facts.ephemeral->first, facts.ephemeral->last, ours.first, ours.last),
            fmt::format("sysctl -w net.ipv4.ip_local_reserved_ports={}-{}", ours.first, ours.last)};
  }
  return {Status::kOk, "ports",
          fmt::format("source ports {}-{} are nobody else's", ours.first, ours.last)};
}

Check judge_files(const LimitFacts& facts) {
  if (!facts.files) return {Status::kWarn, "files", "RLIMIT_NOFILE cannot be read"};
  if (*facts.files >= kFilesMin) {
    return {Status::kOk, "files", fmt::format("{} file descriptors", size_text(*facts.files))};
  }
  // claim_descriptors() refuses under the same condition.
  const bool refused = *facts.files <= recheck::kDescriptorsReserved;
  return {refused ? Status::kFail : Status::kWarn, "files",
          fmt::format("{} file descriptors at most; {} are needed for 4096 rechecks at a time{}",
                      *facts.files, kFilesMin,
                      refused ? fmt::format(", and more than {} for a sweep to begin",
                                            recheck::kDescriptorsReserved)
                              : ""),
          "ulimit -Hn 8192    (in a systemd unit: LimitNOFILE=8192)"};
}

Check judge_memlock(const LimitFacts& facts) {
  if (!facts.memlock) return {Status::kWarn, "memlock", "RLIMIT_MEMLOCK cannot be read"};
  if (*facts.memlock >= kMemlockMin) {
    return {Status::kOk, "memlock", fmt::format("{} bytes", size_text(*facts.memlock))};
  }
  return {Status::kWarn, "memlock",
          fmt::format("{} bytes may be locked; older kernels need {} for io_uring", *facts.memlock,
                      kMemlockMin),
          "ulimit -Hl 8192    (in a systemd unit: LimitMEMLOCK=8M)"};
}

Check judge_conntrack(const ConntrackFacts& facts, std::uint64_t tracked) {
  if (!facts.count || !facts.max) return {Status::kOk, "conntrack", "not in use"};
  const std::string fill = fmt::format("{} of {} entries are taken", *facts.count, *facts.max);
  const double after = static_cast<double>(*facts.count + tracked);
  if (*facts.max == 0 || after < kConntrackFull * static_cast<double>(*facts.max)) {
    return {Status::kOk, "conntrack", fill};
  }
  return {Status::kWarn, "conntrack",
          tracked == 0 ? fill
                       : fmt::format("{}, and the {} targets asked over raw IP take one each", fill,
                                     tracked),
          fmt::format("sysctl -w net.netfilter.nf_conntrack_max={}", 2 * (*facts.max + tracked))};
}

Check judge_clock(const ClockFacts& facts) {
  if (std::ranges::find(kFastClocks, facts.current) != kFastClocks.end()) {
    return {Status::kOk, "clock", facts.current};
  }
  if (facts.current.empty()) return {Status::kWarn, "clock", "the clock source cannot be read"};
  Check check{
      Status::kWarn, "clock",
      fmt::format("{}: each reading is a system call, and pacing reads it often", facts.current)};
  for (const std::string_view fast : kFastClocks) {
    if ((" " + facts.available + " ").find(fmt::format(" {} ", fast)) == std::string::npos)
      continue;
    check.fix = fmt::format(
        "echo {} > /sys/devices/system/clocksource/clocksource0/current_clocksource", fast);
    break;
  }
  return check;
}

Check judge_steering(const SteeringFacts& facts) {
  if (facts.steered.empty()) {
    return {Status::kOk, "steering",
            "receive steering (RPS) is off; at the highest rates it helps where there are several "
            "CPUs, with a backlog of 20000 packets (rollcall(1), MEASURING)"};
  }
  const std::string on = fmt::format("receive steering (RPS) is on at {}", facts.steered.front());
  if (!facts.backlog) {
    return {Status::kOk, "steering", on + "; the backlog cannot be read from here"};
  }
  if (*facts.backlog >= kBacklogMin) {
    return {Status::kOk, "steering", fmt::format("{}, backlog {}", on, *facts.backlog)};
  }
  return {Status::kWarn, "steering",
          fmt::format("{} with a backlog of {} packets: replies vanish there at high rates", on,
                      *facts.backlog),
          fmt::format("sysctl -w net.core.netdev_max_backlog={}", kBacklogMin)};
}

Check judge_ring(std::size_t ring_bytes, PacketRate rate, bool finds_rate) {
  const double replies = static_cast<double>(ring_bytes / kRingBytesPerReply);
  const double seconds = replies / std::max(rate.per_second, 1.0);
  const std::string text =
      fmt::format("{} MiB hold the replies of {:.1f} s at {:.0f}/s{}", ring_bytes >> 20, seconds,
                  rate.per_second, finds_rate ? ", where auto begins" : "");
  if (seconds >= kRingSecondsMin) return {Status::kOk, "ring", text};
  const double enough_bytes = rate.per_second * kRingSecondsMin * kRingBytesPerReply;
  const double enough_mib = std::ceil(enough_bytes / (1 << 20));
  std::string fix = fmt::format("--rate {:.0f}", replies / kRingSecondsMin);
  if (enough_mib <= kRingMibMax) fix = fmt::format("--capture-ring {:.0f}, or {}", enough_mib, fix);
  return {Status::kWarn, "ring", text + ": a short stall of the capture loses some",
          std::move(fix)};
}

Check judge_neighbours(std::optional<std::uint64_t> neighbours_max, std::uint64_t on_link) {
  if (on_link == 0) return {Status::kOk, "neighbours", "no on-link targets"};
  if (!neighbours_max) {
    return {Status::kOk, "neighbours",
            fmt::format("{} on-link targets; the table's size cannot be read from here", on_link)};
  }
  const std::string text =
      fmt::format("{} on-link targets, room for {} neighbours", on_link, *neighbours_max);
  if (static_cast<double>(on_link) <= kNeighboursFull * static_cast<double>(*neighbours_max)) {
    return {Status::kOk, "neighbours", text};
  }
  const std::uint64_t wanted = 2 * on_link;
  return {Status::kWarn, "neighbours", text + ": those beyond are never resolved",
          fmt::format("sysctl -w net.ipv4.neigh.default.gc_thresh3={0} "
                      "net.ipv6.neigh.default.gc_thresh3={0}",
                      wanted)};
}

Check judge_packet_sockets(std::optional<std::size_t> others) {
  if (!others) return {Status::kOk, "scanners", "other packet sockets cannot be listed from here"};
  if (*others == 0) return {Status::kOk, "scanners", "no other packet socket listens"};
  return {Status::kOk, "scanners",
          fmt::format("note: {} packet sockets of others listen (captures, DHCP or other scanners)",
                      *others)};
}

}  // namespace rollcall::doctor
