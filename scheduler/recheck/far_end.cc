#include "scheduler/recheck/far_end.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/routing/netlink_socket.h"

namespace rollcall::recheck {
namespace {

struct Endpoint {
  Address address;
  Port port;

  bool operator==(const Endpoint&) const = default;
};

struct Connection {
  Endpoint near;
  Endpoint far;

  bool operator==(const Connection&) const = default;
};

struct NetlinkAttribute {
  std::array<std::byte, 32> data{};
  std::size_t bytes = 0;
};

// Bits of idiag_states: state numbers from include/net/tcp_states.h.
constexpr std::uint32_t state(int number) {
  return std::uint32_t{1} << number;
}
// States of a far end whose near end is connected and has sent no FIN: established, in the
// handshake, or closed at once by the listener. Only such a socket proves that its peer has a
// socket on this host too.
constexpr std::uint32_t kFarEnds = state(1) | state(3) | state(4) | state(5) | state(12);
constexpr std::uint32_t kNearEnds =
    kFarEnds | state(2) | state(6) | state(8) | state(9) | state(11);

Address address_of(std::uint8_t family, const __be32* words) {
  const auto* bytes = reinterpret_cast<const std::byte*>(words);
  return family == AF_INET ? packet::load_v4(bytes) : packet::load_v6(bytes);
}

std::optional<Endpoint> endpoint_of(int fd, int (*name)(int, sockaddr*, socklen_t*)) {
  sockaddr_in6 v6{};
  socklen_t length = sizeof v6;
  if (name(fd, reinterpret_cast<sockaddr*>(&v6), &length) != 0) return std::nullopt;
  if (v6.sin6_family == AF_INET6) {
    return Endpoint{packet::load_v6(reinterpret_cast<const std::byte*>(&v6.sin6_addr)),
                    Port{ntohs(v6.sin6_port)}};
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &v6, sizeof v4);
  return Endpoint{Address::from_v4(ntohl(v4.sin_addr.s_addr)), Port{ntohs(v4.sin_port)}};
}

enum class End : std::uint8_t { kNear = INET_DIAG_BC_S_COND, kFar = INET_DIAG_BC_D_COND };

// Builds a filter program for inet_diag: one condition, the address at one end.
NetlinkAttribute filter_of(End end, const Address& address) {
  constexpr std::size_t kOperationBytes = sizeof(inet_diag_bc_op);
  const std::size_t bytes = kOperationBytes + sizeof(inet_diag_hostcond) + address.bits() / 8;
  NetlinkAttribute filter{};
  // A jump past the end by one operation rejects (inet_diag_bc_run()).
  const inet_diag_bc_op operation{.code = static_cast<unsigned char>(end),
                                  .yes = static_cast<unsigned char>(bytes),
                                  .no = static_cast<unsigned short>(bytes + kOperationBytes)};
  inet_diag_hostcond condition{};
  condition.family = send::family_of(address);
  condition.prefix_len = static_cast<__u8>(address.bits());
  condition.port = -1;  // any
  std::memcpy(filter.data.data(), &operation, sizeof operation);
  std::memcpy(&filter.data[kOperationBytes], &condition, sizeof condition);
  std::byte* at = &filter.data[kOperationBytes + sizeof condition];
  address.is_v4() ? packet::store_v4(at, address) : packet::store_v6(at, address);
  filter.bytes = bytes;
  return filter;
}

void take_connections(std::uint8_t family, const NetlinkAttribute& filter, std::uint32_t states,
                      std::vector<Connection>& found) {
  auto netlink = send::NetlinkSocket::open(NETLINK_SOCK_DIAG);
  if (!netlink) return;
  inet_diag_req_v2 asked{};
  asked.sdiag_family = family;
  asked.sdiag_protocol = IPPROTO_TCP;
  asked.idiag_states = states;
  auto request = send::netlink_request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, asked);
  if (nla_put(request.get(), INET_DIAG_REQ_BYTECODE, static_cast<int>(filter.bytes),
              filter.data.data()) != 0) {
    return;
  }
  (void)netlink->ask(std::move(request), [&found](nlmsghdr& answer) {
    if (nlmsg_datalen(&answer) < static_cast<int>(sizeof(inet_diag_msg))) return;
    inet_diag_msg socket{};
    std::memcpy(&socket, nlmsg_data(&answer), sizeof socket);
    const inet_diag_sockid& id = socket.id;
    found.push_back({{address_of(socket.idiag_family, id.idiag_src), Port{ntohs(id.idiag_sport)}},
                     {address_of(socket.idiag_family, id.idiag_dst), Port{ntohs(id.idiag_dport)}}});
  });
}

// An IPv6 listener also accepts IPv4, and its sockets then have the IPv6 family.
std::vector<Connection> connections(End end, const Address& address, std::uint32_t states) {
  std::vector<Connection> found;
  const NetlinkAttribute filter = filter_of(end, address);
  if (address.is_v4()) take_connections(AF_INET, filter, states, found);
  take_connections(AF_INET6, filter, states, found);
  return found;
}

}  // namespace

bool is_far_end_on_this_host(int fd) {
  const auto self = endpoint_of(fd, ::getsockname);
  const auto peer = endpoint_of(fd, ::getpeername);
  if (!self || !peer) return false;
  const auto far_ends = connections(End::kFar, self->address, kFarEnds);
  if (far_ends.empty()) return false;
  // Other connections within this host have both of their ends in the list.
  const auto near_ends = connections(End::kNear, self->address, kNearEnds);
  return std::ranges::any_of(far_ends, [&](const Connection& far_end) {
    if (far_end.far != *self) {
      // NAT chose another port, because an earlier connect still holds ours in conntrack.
      return std::ranges::find(near_ends, far_end.far, &Connection::near) == near_ends.end();
    }
    // The kernel may give one port to connections with different peers. TPROXY keeps the address.
    return far_end.near == *peer ||
           std::ranges::find(near_ends, Connection{far_end.far, far_end.near}) == near_ends.end();
  });
}

}  // namespace rollcall::recheck
