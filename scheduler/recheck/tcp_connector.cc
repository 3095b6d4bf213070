#include "scheduler/recheck/tcp_connector.h"

#include <cerrno>

namespace rollcall::recheck {

// The kernel defines which errno an ICMP error becomes: icmp_err_convert[] in net/ipv4/icmp.c and
// icmpv6_err_convert() in net/ipv6/icmp.c, used by tcp_v4_err() and tcp_v6_err().
ConnectOutcome classify_connect_errno(int sys_errno) noexcept {
  switch (sys_errno) {
    case 0:
      return ConnectOutcome::kConnected;

    // A RST in reply to the SYN, or just after the handshake.
    case ECONNREFUSED:
    case ECONNRESET:
      return ConnectOutcome::kRefused;

    // A router or host sent an ICMP error about this destination.
    case ENETUNREACH:   // net unreachable, unknown, prohibited
    case EHOSTUNREACH:  // host unreachable or prohibited, packet filtered, TTL exceeded; ARP failed
    case EHOSTDOWN:     // host unknown
    case ENONET:        // host isolated
    case ENOPROTOOPT:   // protocol unreachable: the address has no TCP, so it serves no client
      return ConnectOutcome::kUnreachable;

    // The request's own deadline, or the end of the kernel's retransmissions.
    case ETIMEDOUT:
    case ETIME:
      return ConnectOutcome::kTimeout;

    // This host has no resources left for a connect.
    case EMFILE:         // descriptors of the process
    case ENFILE:         // descriptors of the system
    case ENOBUFS:        // socket buffers
    case ENOMEM:         // memory
    case EAGAIN:         // io_uring requests, or ports (connect(2), net.ipv4.ip_local_port_range)
    case EADDRNOTAVAIL:  // ports, or the source address is not on this host
    case EADDRINUSE:     // the 4-tuple is taken
    // This host must not or cannot connect.
    case EPERM:         // own packet filter, LSM, seccomp
    case EACCES:        // own prohibit route; ICMPv6 prohibition arrives with its ICMP recorded
    case EINVAL:        // own blackhole route, or a source address that does not fit the route
    case ENETDOWN:      // own interface
    case ENODEV:        // own interface, gone
    case EAFNOSUPPORT:  // IPv6 is off
    case EMSGSIZE:      // ICMP "fragmentation needed": a SYN is always small enough
    case EOPNOTSUPP:    // ICMP "source route failed": we request none
    case EPROTO:        // ICMP "parameter problem": our packet was at fault
    // Another actor ended the attempt, so it proves nothing.
    case ECANCELED:
    case EINTR:
    case ECONNABORTED:  // SOCK_DESTROY (`ss -K`), or an error that another call consumed
    // An unexpected errno must not become an outage.
    default:
      return ConnectOutcome::kLocalError;
  }
}

ConnectOutcome classify_connect(int sys_errno, IcmpError icmp) noexcept {
  const ConnectOutcome by_errno = classify_connect_errno(sys_errno);
  if (by_errno == ConnectOutcome::kConnected) return by_errno;
  // The ICMP error decides, whatever the errno. A firewall's "port unreachable" arrives as
  // ECONNREFUSED, an ICMPv6 prohibition as EACCES. If the error met a socket in use, only the later
  // timeout arrives.
  if (icmp == IcmpError::kOfPeer) return ConnectOutcome::kRejected;
  if (icmp == IcmpError::kOfPath) return ConnectOutcome::kUnreachable;
  // Without a recorded ICMP error, this host's own routing table refused.
  return by_errno == ConnectOutcome::kUnreachable ? ConnectOutcome::kLocalError : by_errno;
}

}  // namespace rollcall::recheck
