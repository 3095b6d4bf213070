#include "engine/send/transmit_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace rollcall::send {
namespace {

// Two milliseconds of frames at a million a second. The default (212,992 bytes, some 270 frames of
// this size) fills before a veth's softirq has drained it.
constexpr int kSendBufferBytes = 2 << 20;

Result<Fd> open_socket(int domain, int type, int protocol) {
  Fd fd(::socket(domain, type | SOCK_CLOEXEC, protocol));
  if (!fd) return std::unexpected(raw_socket_refused(errno));
  // The kernel silently caps the value at net.core.wmem_max; a smaller buffer still works.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  return fd;
}

bool enable(const Fd& fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd.get(), level, option, &on, sizeof on) == 0;
}

}  // namespace

Error raw_socket_refused(int sys_errno) {
  if (sys_errno != EPERM && sys_errno != EACCES) {
    return {ErrorCode::kSystem, sys_errno, "cannot open a raw socket"};
  }
  return {
      ErrorCode::kPermission, 0,
      "not permitted to open raw sockets: cap_net_raw is missing; run as root, or grant it once "
      "with: sudo setcap cap_net_raw+ep \"$(readlink -f \"$(command -v rollcall)\")\""};
}

Result<Fd> open_packet_socket(const NextHop& hop) {
  auto fd = open_socket(AF_PACKET, SOCK_RAW, 0);
  if (!fd) return fd;
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(hop.interface_index);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot bind a packet socket to {}", hop.interface),
                errno);
  }
  if (!enable(*fd, SOL_PACKET, PACKET_QDISC_BYPASS)) {
    return fail(ErrorCode::kSystem, "cannot bypass the queueing discipline", errno);
  }
  return fd;
}

Result<Fd> open_raw_ip_socket(const NextHop& hop) {
  const bool v4 = hop.self.is_v4();
  auto fd = open_socket(v4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
  if (!fd) return fd;
  if (!v4 && !enable(*fd, SOL_IPV6, IPV6_HDRINCL)) {
    return fail(ErrorCode::kSystem, "cannot send IPv6 headers of our own", errno);
  }
  // The route was looked up for this interface. Unbound, a policy rule could choose another one.
  if (::setsockopt(fd->get(), SOL_SOCKET, SO_BINDTODEVICE, hop.interface.c_str(),
                   static_cast<socklen_t>(hop.interface.size())) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot bind a raw socket to {}", hop.interface),
                errno);
  }
  return fd;
}

}  // namespace rollcall::send
