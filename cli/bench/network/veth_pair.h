// The few rtnetlink requests that build a lab: a veth cable, links up, addresses, routes.
//
// Threading: acts on the network namespace that the calling thread is in.
// Ownership: what it makes belongs to that namespace.
// Units:     prefix lengths in bits.
// Errors:    kPermission without CAP_NET_ADMIN; kSystem with the kernel's errno and what was asked.
// Cost:      one netlink round trip a call.
#pragma once

#include <string>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::bench {

// One end here, the other, of the same name, in the namespace `far`.
Result<void> add_veth_pair(const std::string& interface, const Fd& far);
Result<void> set_up(const std::string& interface);

struct Prefix {
  Address network;
  std::uint8_t bits = 0;
};
Result<void> add_address(const std::string& interface, const Prefix& address);
Result<void> add_route(const Prefix& prefix, const Address& gateway);
// This kernel owns every address of the prefix, as `ip route add local PREFIX dev lo`.
Result<void> own_prefix(const Prefix& prefix);

}  // namespace rollcall::bench
