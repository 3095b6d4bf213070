// Finds out whether the far end of an accepted connect is a socket of this very host.
//
// A NAT rule in this host's output chain (redirect, or dnat to a local address) leads the kernel's
// connects to a local listener. getpeername(2) and SO_ORIGINAL_DST then still name the address that
// was asked for; only the list of sockets shows the other end:
//
//   ours          198.51.100.2:40000 -> 203.0.113.7:80
//   the listener  127.0.0.1:8080     -> 198.51.100.2:40000
//
// Threading: any.
// Units:     none.
// Errors:    a kernel without tcp_diag, or that cannot be asked, finds no such socket.
// Cost:      one walk over the kernel's TCP connections for each family of sockets, filtered there
//            by address: about 1 ms. One more each if the first found a candidate.
#pragma once

namespace rollcall::recheck {

// Requires: `fd` is a connected TCP socket.
bool is_far_end_on_this_host(int fd);

}  // namespace rollcall::recheck
