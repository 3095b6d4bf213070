#include "cli/doctor/tap.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

#include "engine/packet/port_schedule.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::doctor {
namespace {

constexpr int kSnapLength = 128;
// So that a flood of segments on the probe ports cannot hold a drain for ever.
constexpr int kSegmentsMax = 4096;

Result<void> keep_probe_ports_only(const Fd& fd) {
  // SOCK_DGRAM strips the link header before the filter runs, so the program is one for raw IP.
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> compiler(pcap_open_dead(DLT_RAW, kSnapLength),
                                                            &pcap_close);
  const unsigned first = packet::kDefaultPortBase.value;
  const std::string text =
      fmt::format("tcp and portrange {}-{}", first, first + packet::kPortSpan - 1);
  bpf_program program{};
  if (!compiler ||
      pcap_compile(compiler.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot compile the filter '{}'", text));
  }
  static_assert(sizeof(bpf_insn) == sizeof(sock_filter));
  const sock_fprog attached{static_cast<unsigned short>(program.bf_len),
                            reinterpret_cast<sock_filter*>(program.bf_insns)};
  const int status =
      ::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
  const int sys_errno = errno;
  pcap_freecode(&program);
  if (status != 0) return fail(ErrorCode::kSystem, "cannot attach a packet filter", sys_errno);
  return {};
}

}  // namespace

Result<Tap> Tap::open(std::uint32_t interface_index) {
  // Protocol 0: nothing is queued before the filter is there and the interface chosen.
  Fd fd(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(send::raw_socket_refused(errno));
  if (const auto filtered = keep_probe_ports_only(fd); !filtered) {
    return std::unexpected(filtered.error());
  }
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  here.sll_ifindex = static_cast<int>(interface_index);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    return fail(ErrorCode::kSystem, "cannot watch an interface", errno);
  }
  return Tap(std::move(fd));
}

bool Tap::drain(const std::function<bool(const Segment&)>& enough) {
  std::array<std::byte, kSnapLength> buffer;
  for (int i = 0; i < kSegmentsMax; ++i) {
    const ssize_t bytes = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (bytes < 0) return false;  // EAGAIN: that was all; any other error ends as silence does
    const auto segment = view_segment(std::span(buffer).first(static_cast<std::size_t>(bytes)));
    if (segment && enough(*segment)) return true;
  }
  return false;
}

bool Tap::watch(Duration at_most, const std::function<bool(const Segment&)>& enough) {
  const SystemClock clock;
  const TimePoint deadline = clock.now() + at_most;
  while (!drain(enough)) {
    const Duration left = deadline - clock.now();
    if (left <= Duration::zero()) return false;
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left);
    pollfd readable{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, static_cast<int>(whole.count()));
  }
  return true;
}

}  // namespace rollcall::doctor
