#include "engine/send/routing/neighbour_probe.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "engine/base/fd.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/routing/netlink_socket.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::send {
namespace {

constexpr int kRounds = 3;

// Limits the work of one wake-up during a flood of ARP or ICMPv6.
constexpr int kFramesMax = 1000;

// ARP for Ethernet and IPv4 (RFC 826); offsets from the start of the Ethernet header.
namespace arp {
constexpr std::size_t kHardware = 14;
constexpr std::size_t kProtocol = 16;
constexpr std::size_t kHardwareBytes = 18;
constexpr std::size_t kProtocolBytes = 19;
constexpr std::size_t kOperation = 20;
constexpr std::size_t kSenderMac = 22;
constexpr std::size_t kSenderAddress = 28;
constexpr std::size_t kTargetAddress = 38;
constexpr std::size_t kBytes = 42;
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kRequest = 1;
constexpr std::uint16_t kReply = 2;
using Frame = std::array<std::byte, kBytes>;
}  // namespace arp

// RFC 4861: solicitation (4.3) and advertisement (4.4) have the same layout.
namespace ndp {
constexpr std::size_t kType = 0;
constexpr std::size_t kTarget = 8;
constexpr std::size_t kOptions = 24;
constexpr std::uint8_t kOptionSourceMac = 1;
constexpr std::uint8_t kOptionTargetMac = 2;
constexpr std::size_t kOptionBytes = 8;  // an option with a 6-byte MAC address
constexpr int kHopLimit = 255;           // section 7.1.2: proves that a message is from this link
}  // namespace ndp

struct InterfaceAddress {
  std::uint32_t interface_index = 0;
  AddressRange subnet;
  Address address;
};

std::optional<InterfaceAddress> interface_address_in(nlmsghdr& message) {
  std::array<nlattr*, IFA_MAX + 1> attributes{};
  if (message.nlmsg_type != RTM_NEWADDR ||
      nlmsg_parse(&message, sizeof(ifaddrmsg), attributes.data(), IFA_MAX, nullptr) < 0) {
    return std::nullopt;
  }
  const auto* header = static_cast<const ifaddrmsg*>(nlmsg_data(&message));
  const auto local = address_in(attributes[IFA_LOCAL]);
  const auto peer = address_in(attributes[IFA_ADDRESS]);
  if (!local || !peer || header->ifa_prefixlen > local->bits()) return std::nullopt;
  return InterfaceAddress{header->ifa_index, range_of_prefix(*peer, header->ifa_prefixlen), *local};
}

std::vector<InterfaceAddress> ipv4_addresses() {
  std::vector<InterfaceAddress> out;
  auto netlink = NetlinkSocket::open();
  if (!netlink) return out;
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  (void)netlink->ask(netlink_request(RTM_GETADDR, NLM_F_DUMP, header), [&](nlmsghdr& message) {
    if (const auto found = interface_address_in(message)) out.push_back(*found);
  });
  return out;
}

// ARP sender addresses to try. A gateway may ignore a request whose sender is outside of its subnet
// (Linux with rp_filter, arp_ignore=2). 0.0.0.0 makes the request an ARP probe (RFC 5227). The
// owner of the address must answer it, whatever subnets it knows.
std::vector<Address> arp_senders(const Neighbour& neighbour,
                                 std::span<const InterfaceAddress> own) {
  for (const InterfaceAddress& each : own) {
    if (each.interface_index == neighbour.interface_index &&
        each.subnet.contains(neighbour.address)) {
      return {each.address};
    }
  }
  const Address none = Address::from_v4(0);
  if (neighbour.self.is_v4()) return {neighbour.self, none};
  return {none};
}

arp::Frame arp_request(const Neighbour& neighbour, const Address& sender) {
  const MacAddress& mac = neighbour.self_mac;
  arp::Frame frame{};
  std::memset(&frame[packet::ethernet::kPeerMac], 0xff, mac.size());
  std::memcpy(&frame[packet::ethernet::kSelfMac], mac.data(), mac.size());
  packet::store_be<std::uint16_t>(&frame[packet::ethernet::kEtherType], ETHERTYPE_ARP);
  packet::store_be<std::uint16_t>(&frame[arp::kHardware], arp::kEthernet);
  packet::store_be<std::uint16_t>(&frame[arp::kProtocol], ETHERTYPE_IP);
  packet::store_be<std::uint8_t>(&frame[arp::kHardwareBytes], 6);
  packet::store_be<std::uint8_t>(&frame[arp::kProtocolBytes], 4);
  packet::store_be<std::uint16_t>(&frame[arp::kOperation], arp::kRequest);
  std::memcpy(&frame[arp::kSenderMac], mac.data(), mac.size());
  packet::store_v4(&frame[arp::kSenderAddress], sender);
  packet::store_v4(&frame[arp::kTargetAddress], neighbour.address);
  return frame;
}

// The kernel fills in the source address (link-local before others, RFC 6724) and the checksum.
bool solicit(const Fd& socket, const Neighbour& neighbour) {
  std::array<std::byte, ndp::kOptions + ndp::kOptionBytes> message{};
  packet::store_be<std::uint8_t>(&message[ndp::kType], ND_NEIGHBOR_SOLICIT);
  packet::store_v6(&message[ndp::kTarget], neighbour.address);
  packet::store_be<std::uint8_t>(&message[ndp::kOptions], ndp::kOptionSourceMac);
  packet::store_be<std::uint8_t>(&message[ndp::kOptions + 1], ndp::kOptionBytes / 8);
  std::memcpy(&message[ndp::kOptions + 2], neighbour.self_mac.data(), neighbour.self_mac.size());
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_scope_id = neighbour.interface_index;
  // The solicited-node multicast address (RFC 4291, 2.7.1).
  packet::store_v6(
      reinterpret_cast<std::byte*>(&to.sin6_addr),
      Address::from_halves(0xff02000000000000, 0x1ff000000 | (neighbour.address.low() & 0xffffff)));
  return ::sendto(socket.get(), message.data(), message.size(), 0,
                  reinterpret_cast<const sockaddr*>(&to), sizeof to) > 0;
}

// The MAC address of one neighbour, as a reply states it.
struct Heard {
  Address address;
  MacAddress mac{};
};

// Reads one ARP reply. Sets `empty` when no frame waits.
std::optional<Heard> read_arp(const Fd& socket, bool& empty) {
  arp::Frame frame;
  const ssize_t bytes = ::recv(socket.get(), frame.data(), frame.size(), 0);
  empty = bytes < 0;
  if (bytes != static_cast<ssize_t>(frame.size()) ||
      packet::load_be<std::uint16_t>(&frame[arp::kProtocol]) != ETHERTYPE_IP ||
      packet::load_be<std::uint8_t>(&frame[arp::kHardwareBytes]) != 6 ||
      packet::load_be<std::uint8_t>(&frame[arp::kProtocolBytes]) != 4 ||
      // A request from the neighbour proves that it can send, but not that it receives.
      packet::load_be<std::uint16_t>(&frame[arp::kOperation]) != arp::kReply) {
    return std::nullopt;
  }
  Heard heard{packet::load_v4(&frame[arp::kSenderAddress])};
  std::memcpy(heard.mac.data(), &frame[arp::kSenderMac], heard.mac.size());
  return heard;
}

bool came_from_this_link(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_HOPLIMIT) continue;
    int hop_limit = 0;
    std::memcpy(&hop_limit, CMSG_DATA(c), sizeof hop_limit);
    return hop_limit == ndp::kHopLimit;
  }
  return false;
}

std::optional<MacAddress> target_mac_in(std::span<const std::byte> options) {
  while (options.size() >= ndp::kOptionBytes) {
    const std::size_t bytes = 8 * packet::load_be<std::uint8_t>(&options[1]);
    if (bytes == 0 || bytes > options.size()) break;
    if (packet::load_be<std::uint8_t>(options.data()) == ndp::kOptionTargetMac &&
        bytes == ndp::kOptionBytes) {
      MacAddress mac;
      std::memcpy(mac.data(), &options[2], mac.size());
      return mac;
    }
    options = options.subspan(bytes);
  }
  return std::nullopt;
}

std::optional<Heard> read_advertisement(const Fd& socket, bool& empty) {
  std::array<std::byte, 1500> bytes;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = ::recvmsg(socket.get(), &message, 0);
  empty = received < 0;
  if (received < static_cast<ssize_t>(ndp::kOptions) || !came_from_this_link(message) ||
      packet::load_be<std::uint8_t>(&bytes[ndp::kType]) != ND_NEIGHBOR_ADVERT) {
    return std::nullopt;
  }
  const auto options =
      std::span(bytes).first(static_cast<std::size_t>(received)).subspan(ndp::kOptions);
  const auto mac = target_mac_in(options);
  if (!mac) return std::nullopt;
  return Heard{packet::load_v6(&bytes[ndp::kTarget]), *mac};
}

Result<Fd> open_arp_socket(std::uint32_t interface_index) {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETHERTYPE_ARP)));
  if (!fd) return std::unexpected(raw_socket_refused(errno));
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETHERTYPE_ARP);
  at.sll_ifindex = static_cast<int>(interface_index);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    return fail(ErrorCode::kSystem, "cannot listen for ARP", errno);
  }
  return fd;
}

Result<Fd> open_ndp_socket(std::uint32_t interface_index) {
  Fd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
  if (!fd) return std::unexpected(raw_socket_refused(errno));
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
  const int index = static_cast<int>(interface_index);
  const int on = 1;
  const int off = 0;
  const auto set = [&fd](int level, int option, const auto& value) {
    return ::setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
  };
  const bool ready =
      set(SOL_SOCKET, SO_BINDTOIFINDEX, index) && set(IPPROTO_ICMPV6, ICMP6_FILTER, filter) &&
      set(IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
      set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ndp::kHopLimit) &&
      set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, off) && set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, on);
  if (!ready) return fail(ErrorCode::kSystem, "cannot listen for neighbour discovery", errno);
  return fd;
}

// The socket and the neighbours of one family on one interface.
struct Link {
  std::uint32_t interface_index = 0;
  bool v4 = false;
  Fd socket;
  std::vector<std::size_t> neighbours;  // positions in neighbours_
};

class NeighbourQuery {
 public:
  explicit NeighbourQuery(std::span<const Neighbour> neighbours)
      : neighbours_(neighbours), replies_(neighbours.size()) {}

  Result<void> open();
  std::vector<NeighbourReply> ask(Duration patience);

 private:
  void send_requests();
  void listen(int milliseconds);
  void take(const Link& link, const Heard& heard);
  bool complete() const {
    return std::ranges::all_of(replies_, [](const auto& reply) { return reply.mac.has_value(); });
  }

  std::span<const Neighbour> neighbours_;
  std::vector<NeighbourReply> replies_;
  std::vector<Link> links_;
  std::vector<InterfaceAddress> own_;  // IPv4 addresses of this host
};

Result<void> NeighbourQuery::open() {
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    const Neighbour& n = neighbours_[i];
    const bool v4 = n.address.is_v4();
    auto link = std::ranges::find_if(links_, [&](const Link& l) {
      return l.interface_index == n.interface_index && l.v4 == v4;
    });
    if (link == links_.end()) {
      auto socket = v4 ? open_arp_socket(n.interface_index) : open_ndp_socket(n.interface_index);
      // An interface that disappeared cannot send requests; the others can.
      if (!socket && socket.error().code == ErrorCode::kPermission) {
        return std::unexpected(socket.error());
      }
      links_.push_back({n.interface_index, v4, socket ? *std::move(socket) : Fd(), {}});
      link = std::prev(links_.end());
    }
    link->neighbours.push_back(i);
  }
  if (std::ranges::any_of(links_, &Link::v4)) own_ = ipv4_addresses();
  return {};
}

void NeighbourQuery::send_requests() {
  for (const Link& link : links_) {
    if (!link.socket) continue;
    for (const std::size_t i : link.neighbours) {
      if (replies_[i].mac) continue;
      if (!link.v4) {
        replies_[i].asked |= solicit(link.socket, neighbours_[i]);
        continue;
      }
      for (const Address& sender : arp_senders(neighbours_[i], own_)) {
        const arp::Frame frame = arp_request(neighbours_[i], sender);
        replies_[i].asked |= ::send(link.socket.get(), frame.data(), frame.size(), 0) > 0;
      }
    }
  }
}

void NeighbourQuery::take(const Link& link, const Heard& heard) {
  for (const std::size_t i : link.neighbours) {
    if (neighbours_[i].address == heard.address) replies_[i].mac = heard.mac;
  }
}

void NeighbourQuery::listen(int milliseconds) {
  std::vector<pollfd> waits;
  waits.reserve(links_.size());
  for (const Link& link : links_) waits.push_back({link.socket.get(), POLLIN, 0});
  ::poll(waits.data(), waits.size(), milliseconds);
  for (const Link& link : links_) {
    bool empty = !link.socket;
    for (int frames = 0; !empty && frames < kFramesMax; ++frames) {
      const auto heard =
          link.v4 ? read_arp(link.socket, empty) : read_advertisement(link.socket, empty);
      if (heard) take(link, *heard);
    }
  }
}

std::vector<NeighbourReply> NeighbourQuery::ask(Duration patience) {
  const SystemClock clock;
  for (int round = 0; round < kRounds && !complete(); ++round) {
    send_requests();
    const TimePoint until = clock.now() + patience / kRounds;
    for (TimePoint now = clock.now(); now < until && !complete(); now = clock.now()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
      listen(static_cast<int>(left.count()));
    }
  }
  return std::move(replies_);
}

}  // namespace

Result<std::vector<NeighbourReply>> ask_neighbours(std::span<const Neighbour> neighbours,
                                                   Duration patience) {
  NeighbourQuery question(neighbours);
  if (auto ready = question.open(); !ready) return std::unexpected(ready.error());
  return question.ask(patience);
}

}  // namespace rollcall::send
