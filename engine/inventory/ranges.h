// Set operations on addresses as ranges, for imports, merges and differences.
//
// Threading: pure functions.
// Units:     addresses; sizes saturate as AddressRange::size() does.
// Cost:      one pass over both arguments; compact() sorts first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/address.h"

namespace rollcall::inventory {

// Invariant: sorted, and between two neighbours at least one address is missing.
using Ranges = std::vector<AddressRange>;

// The union of ranges in any order, overlapping or not.
Ranges compact(std::vector<AddressRange> ranges);
// Requires: `address` is not below any address of `ranges`.
void append_address(Ranges& ranges, const Address& address);

Ranges intersection(const Ranges& a, const Ranges& b);
// The addresses of `a` that are not in `b`.
Ranges difference(const Ranges& a, const Ranges& b);
std::uint64_t count_of(const Ranges& ranges);

}  // namespace rollcall::inventory
