// Parses addresses, CIDRs, ranges, ports and targets. load.h offers two of these to other folders.
//
// Threading: pure functions.
// Units:     diagnostics point at bytes of the given text.
// Errors:    a Diagnostic that says what is wrong, and the fix.
// Cost:      no allocation on success, but for the vector of ports.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

struct ParsedTarget {
  AddressRange range;
  std::optional<Port> port;
};

// ADDRESS | CIDR | FIRST-LAST, each with an optional :PORT; IPv6 with a port in [brackets].
Parsed<ParsedTarget> target_in(std::string_view text);

// ADDRESS | CIDR | FIRST-LAST.
Parsed<AddressRange> range_in(std::string_view text);

// Ports and port ranges separated by ';' or ','; sorted, without duplicates. Never empty.
Parsed<std::vector<Port>> ports_in(std::string_view text);

}  // namespace rollcall::inventory
