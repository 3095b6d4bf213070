// Sends the rtnetlink requests that build a test network: a veth pair, links up, addresses, routes.
//
// Threading: acts on the network namespace of the calling thread.
// Ownership: the created objects belong to that namespace.
// Units:     prefix lengths in bits.
// Errors:    kPermission without CAP_NET_ADMIN; kSystem with the kernel's errno and the request.
// Cost:      one netlink round trip for each call.
#pragma once

#include <string>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::bench {

// Creates one end in the current namespace, and the other end, of the same name, in `far`.
Result<void> add_veth_pair(const std::string& interface, const Fd& far);
Result<void> set_up(const std::string& interface);

struct Prefix {
  Address network;
  std::uint8_t bits = 0;
};
Result<void> add_address(const std::string& interface, const Prefix& address);
Result<void> add_route(const Prefix& prefix, const Address& gateway);
// Makes this namespace own every address of the prefix, like `ip route add local PREFIX dev lo`.
Result<void> own_prefix(const Prefix& prefix);

}  // namespace rollcall::bench
