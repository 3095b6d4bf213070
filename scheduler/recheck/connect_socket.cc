#include "scheduler/recheck/connect_socket.h"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "engine/packet/frame_view.h"
#include "engine/packet/wire_layout.h"
#include "scheduler/recheck/far_end.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::recheck {
namespace {

bool set_option(int fd, int level, int name, const auto& value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool prepare(int fd, const ConnectRequest& request) noexcept {
  constexpr int kOn = 1;
  // Close with a RST: the reply is all we need, and a TIME_WAIT would hold the port for 60 s.
  if (!set_option(fd, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0})) return false;
  // Enable the error queue: only it distinguishes an ICMP error from a RST (tcp_v4_err, Linux 5.8).
  const bool v4 = request.peer.is_v4();
  if (!(v4 ? set_option(fd, SOL_IP, IP_RECVERR, kOn)
           : set_option(fd, SOL_IPV6, IPV6_RECVERR, kOn))) {
    return false;
  }
  // Before Linux 5.7 this option needs cap_net_raw. It fails with EPERM then, a local error.
  const auto interface = static_cast<int>(request.interface_index);
  if (interface != 0 && !set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, interface)) return false;
  if (!request.self) return true;
  // SOL_IP also works for IPv6 sockets: ipv6_setsockopt() passes it on.
  if (!set_option(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, kOn)) return false;
  const SocketAddress self = to_socket_address(*request.self, Port{0});
  return ::bind(fd, &self.generic, self.length) == 0;
}

struct RecordedIcmp {
  IcmpError kind = IcmpError::kNone;
  int sys_errno = 0;
};

bool is_address_of(const SocketAddress& peer, const SocketAddress& other) noexcept {
  if (peer.generic.sa_family != other.generic.sa_family) return false;
  if (peer.generic.sa_family == AF_INET) return peer.v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
  return IN6_ARE_ADDR_EQUAL(&peer.v6.sin6_addr, &other.v6.sin6_addr);
}

// In the error queue the address that sent the ICMP error (SO_EE_OFFENDER) follows the extended
// error.
IcmpError sender_of(const sock_extended_err& error, std::span<const unsigned char> offender,
                    const SocketAddress& peer) noexcept {
  const bool v4 = error.ee_origin == SO_EE_ORIGIN_ICMP;
  const std::uint8_t type = v4 ? packet::icmp::kUnreachableV4 : packet::icmp::kUnreachableV6;
  if (error.ee_type != type || !packet::is_rejection(v4, error.ee_code)) return IcmpError::kOfPath;
  SocketAddress sender;
  const std::size_t length = v4 ? sizeof sender.v4 : sizeof sender.v6;
  if (offender.size() < length) return IcmpError::kOfPath;
  std::memcpy(&sender.generic, offender.data(), length);
  return is_address_of(peer, sender) ? IcmpError::kOfPeer : IcmpError::kOfPath;
}

// Reads the ICMP error from one control message.
RecordedIcmp icmp_in(const cmsghdr& header, std::span<const unsigned char> data,
                     const SocketAddress& peer) noexcept {
  const bool v4 = header.cmsg_level == SOL_IP && header.cmsg_type == IP_RECVERR;
  const bool v6 = header.cmsg_level == SOL_IPV6 && header.cmsg_type == IPV6_RECVERR;
  sock_extended_err error{};
  if (!(v4 || v6) || data.size() < sizeof error) return {};
  std::memcpy(&error, data.data(), sizeof error);
  const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
  if (!icmp) return {};
  return {sender_of(error, data.subspan(sizeof error), peer), static_cast<int>(error.ee_errno)};
}

RecordedIcmp recorded_icmp(int fd, const SocketAddress& peer) noexcept {
  // Room for sock_extended_err and the offender's address; the first error is enough.
  alignas(cmsghdr) std::array<unsigned char, 256> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return {};
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    const RecordedIcmp found = icmp_in(*c, {CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0)}, peer);
    if (found.kind != IcmpError::kNone) return found;
  }
  return {};
}

bool established(int fd) noexcept {
  SocketAddress peer;
  peer.length = sizeof(sockaddr_in6);
  return ::getpeername(fd, &peer.generic, &peer.length) == 0;
}

// A connect to an address of this host may get the destination port as its source port. It then
// connects to itself (simultaneous open, RFC 9293 section 3.5): established, without any listener.
bool connected_to_itself(int fd, const SocketAddress& peer) noexcept {
  SocketAddress self;
  self.length = sizeof(sockaddr_in6);
  if (::getsockname(fd, &self.generic, &self.length) != 0) return false;
  if (peer.generic.sa_family == AF_INET) {
    return self.v4.sin_port == peer.v4.sin_port &&
           self.v4.sin_addr.s_addr == peer.v4.sin_addr.s_addr;
  }
  return self.v6.sin6_port == peer.v6.sin6_port &&
         IN6_ARE_ADDR_EQUAL(&self.v6.sin6_addr, &peer.v6.sin6_addr);
}

}  // namespace

SocketAddress to_socket_address(const Address& address, Port port) noexcept {
  const auto bytes_of = [](auto& field) { return reinterpret_cast<std::byte*>(&field); };
  SocketAddress out;
  if (address.is_v4()) {
    out.v4 = {};
    out.v4.sin_family = AF_INET;
    packet::store_be(bytes_of(out.v4.sin_port), port.value);
    packet::store_v4(bytes_of(out.v4.sin_addr), address);
    out.length = sizeof out.v4;
  } else {
    out.v6.sin6_family = AF_INET6;
    packet::store_be(bytes_of(out.v6.sin6_port), port.value);
    packet::store_v6(bytes_of(out.v6.sin6_addr), address);
    out.length = sizeof out.v6;
  }
  return out;
}

std::expected<Fd, int> open_connect_socket(const ConnectRequest& request,
                                           Blocking blocking) noexcept {
  const int family = request.peer.is_v4() ? AF_INET : AF_INET6;
  const int mode = blocking == Blocking::kYes ? 0 : SOCK_NONBLOCK;
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | mode, IPPROTO_TCP));
  if (!fd || !prepare(fd.get(), request)) return std::unexpected(errno);
  return fd;
}

ConnectResult conclude_connect(const ConnectUnderWay& connect, int sys_errno) noexcept {
  const auto& [fd, target, peer, check_far_end] = connect;
  if (sys_errno == 0 && connected_to_itself(fd.get(), peer)) {
    return {target, ConnectOutcome::kRefused, ECONNREFUSED};
  }
  if (sys_errno == 0 && established(fd.get())) {
    const bool led_here = check_far_end && is_far_end_on_this_host(fd.get());
    return {target, led_here ? ConnectOutcome::kLedHere : ConnectOutcome::kConnected, 0};
  }
  // io_uring also reports success when an ICMP error is queued but the socket has no error yet. The
  // SYN's answer came while connect(2) still held the socket: EPOLLERR with sk_err 0.
  const RecordedIcmp icmp = recorded_icmp(fd.get(), peer);
  if (icmp.kind != IcmpError::kNone) sys_errno = icmp.sys_errno;
  return {target, classify_connect(sys_errno, icmp.kind), sys_errno};
}

Result<std::uint32_t> claim_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return fail(ErrorCode::kSystem, "cannot read the limit of open files", errno);
  }
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur <= kDescriptorsReserved) {
    return fail(ErrorCode::kSystem,
                fmt::format("rechecks need more than {} open files, and the limit is {}: raise it "
                            "(ulimit -n, or LimitNOFILE= in the unit)",
                            kDescriptorsReserved, limit.rlim_cur),
                EMFILE);
  }
  return static_cast<std::uint32_t>(
      std::min<rlim_t>(limit.rlim_cur - kDescriptorsReserved, kConnectsInFlightMax));
}

}  // namespace rollcall::recheck
