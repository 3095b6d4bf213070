#include "engine/send/arp_probe.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/base/fd.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::send {
namespace {

constexpr int kTries = 3;

// RFC 826, for Ethernet and IPv4, behind the Ethernet header.
constexpr std::size_t kOperation = 20;
constexpr std::size_t kSenderMac = 22;
constexpr std::size_t kSenderAddress = 28;
constexpr std::size_t kTargetAddress = 38;
constexpr std::size_t kBytes = 42;
constexpr std::uint16_t kRequest = 1;
constexpr std::uint16_t kReply = 2;

using ArpFrame = std::array<std::byte, kBytes>;

ArpFrame request_of(const NextHop& hop) {
  ArpFrame frame{};
  std::memset(&frame[packet::ethernet::kPeerMac], 0xff, hop.self_mac.size());
  std::memcpy(&frame[packet::ethernet::kSelfMac], hop.self_mac.data(), hop.self_mac.size());
  packet::store_be<std::uint16_t>(&frame[packet::ethernet::kEtherType], ETHERTYPE_ARP);
  packet::store_be<std::uint16_t>(&frame[14], 1);  // hardware: Ethernet
  packet::store_be<std::uint16_t>(&frame[16], ETHERTYPE_IP);
  packet::store_be<std::uint8_t>(&frame[18], 6);
  packet::store_be<std::uint8_t>(&frame[19], 4);
  packet::store_be<std::uint16_t>(&frame[kOperation], kRequest);
  std::memcpy(&frame[kSenderMac], hop.self_mac.data(), hop.self_mac.size());
  packet::store_v4(&frame[kSenderAddress], hop.self);
  packet::store_v4(&frame[kTargetAddress], *hop.gateway);
  return frame;
}

Result<Fd> open_arp_socket(const NextHop& hop) {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETHERTYPE_ARP)));
  if (!fd) return std::unexpected(raw_socket_refused(errno));
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETHERTYPE_ARP);
  at.sll_ifindex = static_cast<int>(hop.interface_index);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    return fail(ErrorCode::kSystem, "cannot listen for ARP on " + hop.interface, errno);
  }
  return fd;
}

// Reads what has arrived; the gateway's MAC address if its reply is among it.
std::optional<MacAddress> read_reply(const Fd& socket, const NextHop& hop) {
  ArpFrame frame;
  for (int frames = 0; frames < 1000; ++frames) {  // a flood of ARP shall not keep us here
    if (::recv(socket.get(), frame.data(), frame.size(), 0) != static_cast<ssize_t>(kBytes)) break;
    const bool ours = packet::load_be<std::uint16_t>(&frame[kOperation]) == kReply &&
                      packet::load_v4(&frame[kSenderAddress]) == *hop.gateway;
    if (!ours) continue;
    MacAddress mac;
    std::memcpy(mac.data(), &frame[kSenderMac], mac.size());
    return mac;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<MacAddress>> ask_arp(const NextHop& hop, Duration patience) {
  auto socket = open_arp_socket(hop);
  if (!socket) return std::unexpected(socket.error());
  const SystemClock clock;
  const ArpFrame request = request_of(hop);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    // A link that is down refuses the frame; the wait for an answer then simply ends without one.
    (void)!::send(socket->get(), request.data(), request.size(), 0);
    const TimePoint until = clock.now() + patience / kTries;
    for (TimePoint now = clock.now(); now < until; now = clock.now()) {
      pollfd wait{socket->get(), POLLIN, 0};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
      ::poll(&wait, 1, static_cast<int>(left.count()));
      if (const auto mac = read_reply(*socket, hop)) return mac;
    }
  }
  return std::optional<MacAddress>{};
}

}  // namespace rollcall::send
