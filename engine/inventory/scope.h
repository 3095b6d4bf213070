// What may never be probed, whatever the inventory says.
//
// Threading: pure functions.  Ownership: none.  Units: none.
// Errors:    refusal() names the reason in words for an error message.
// Cost:      a handful of compares.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/address.h"

namespace rollcall::inventory {

// Why no probe may go to some address of `range`, or nullopt when all of it may be probed:
// "loopback", "multicast", "broadcast", "reserved", ... (IANA special-purpose registries, RFC 6890;
// private and documentation ranges are allowed: operators host in the former, laboratories use the
// latter.)
std::optional<std::string_view> refusal(const AddressRange& range);

}  // namespace rollcall::inventory
