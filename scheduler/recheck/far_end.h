// Finds out whether the far end of an accepted connect is a socket of this host.
//
// A NAT rule in this host's output chain (redirect, or dnat to a local address) redirects the
// kernel's connects to a local listener. getpeername(2) and SO_ORIGINAL_DST then still return the
// requested address. Only the kernel's list of sockets shows the other end:
//
//   ours          198.51.100.2:40000 -> 203.0.113.7:80
//   the listener  127.0.0.1:8080     -> 198.51.100.2:40000
//
// Threading: any.
// Errors:    returns false if the kernel has no tcp_diag or the netlink query fails.
// Cost:      one walk over the kernel's TCP connections for each family of sockets, filtered there
//            by address: about 1 ms. One more each if the first finds a candidate.
#pragma once

namespace rollcall::recheck {

// Requires: `fd` is a connected TCP socket.
bool is_far_end_on_this_host(int fd);

}  // namespace rollcall::recheck
