#include "cli/doctor/rst/tap.h"

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
#include <vector>

#include "engine/packet/port_schedule.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::doctor {
namespace {

constexpr int kSnapLength = 256;
// Limits one drain, so that a flood of segments on the probe ports cannot keep it busy forever.
constexpr int kSegmentsMax = 4096;

// IP protocols of packets that may carry an encapsulated segment.
constexpr std::string_view kEncapsulated =
    "ip proto 4 or ip proto 41 or ip6 proto 0 or ip6 proto 4 or ip6 proto 41 or ip6 proto 43 or "
    "ip6 proto 60";

// MPLS is not IP, so libpcap's program for IP drops it. The three instructions here accept it
// before that program runs.
std::vector<sock_filter> with_mpls(const bpf_program& ip_only) {
  const auto* first = reinterpret_cast<const sock_filter*>(ip_only.bf_insns);
  std::vector<sock_filter> all{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_MPLS_UC, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kSnapLength)};
  all.insert(all.end(), first, first + ip_only.bf_len);
  return all;
}

Result<void> keep_probe_ports_only(const Fd& fd) {
  // The kernel strips the link header of a SOCK_DGRAM socket before the filter runs, so the program
  // is compiled for raw IP.
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> compiler(pcap_open_dead(DLT_RAW, kSnapLength),
                                                            &pcap_close);
  const unsigned first = packet::kDefaultPortBase.value;
  const std::string text = fmt::format("(tcp and portrange {}-{}) or {}", first,
                                       first + packet::kPortSpan - 1, kEncapsulated);
  bpf_program program{};
  if (!compiler ||
      pcap_compile(compiler.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot compile the filter '{}'", text));
  }
  static_assert(sizeof(bpf_insn) == sizeof(sock_filter));
  std::vector<sock_filter> instructions = with_mpls(program);
  pcap_freecode(&program);
  const sock_fprog attached{static_cast<unsigned short>(instructions.size()), instructions.data()};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0) {
    return fail(ErrorCode::kSystem, "cannot attach a packet filter", errno);
  }
  return {};
}

}  // namespace

Result<Tap> Tap::open() {
  // With protocol 0 the kernel queues no packets before the filter is attached.
  Fd fd(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(send::raw_socket_refused(errno));
  if (const auto filtered = keep_probe_ports_only(fd); !filtered) {
    return std::unexpected(filtered.error());
  }
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    return fail(ErrorCode::kSystem, "cannot watch the interfaces", errno);
  }
  return Tap(std::move(fd));
}

bool Tap::drain(const Show& enough) {
  std::array<std::byte, kSnapLength> buffer;
  for (int i = 0; i < kSegmentsMax; ++i) {
    sockaddr_ll where{};
    socklen_t size = sizeof where;
    const ssize_t bytes = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0,
                                     reinterpret_cast<sockaddr*>(&where), &size);
    if (bytes < 0) return false;  // EAGAIN: the queue is empty; other errors count as silence
    std::span<const std::byte> packet = std::span(buffer).first(static_cast<std::size_t>(bytes));
    if (ntohs(where.sll_protocol) == ETH_P_MPLS_UC) packet = past_mpls_labels(packet);
    const auto segment = view_segment(packet);
    if (segment && enough(*segment, static_cast<std::uint32_t>(where.sll_ifindex))) return true;
  }
  return false;
}

bool Tap::watch(Duration at_most, const Show& enough) {
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
