// Long answers, element by element: what a list says, and which of the fleet belong to it.
//
// Threading: pure; a Pull runs on one thread at a time.
// Ownership: a Pull keeps the picture that it reads.
// Units:     rows.
// Errors:    who reads a field says which makes no sense; that all are known, the router has seen.
// Cost:      a piece of a Pull is some 64 KB, or a pass over kRowsAPiece rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/http/exchange.h"
#include "engine/base/error.h"

namespace rollcall::web {

// group=, label.K=V, prefix=; of targets also state= and address=; of groups trouble=.
struct FleetFilter {
  std::optional<std::string> group;
  Labels labels;
  std::optional<AddressRange> prefix;
  std::vector<watch::TargetState> states;
  std::optional<Address> address;
  std::vector<std::string> troubles;  // of to_string(Trouble); "any", "none"
};
Result<FleetFilter> read_filter(const Request& request);

struct PageLimits {
  std::uint32_t standard = 1000;
  std::uint32_t most = 10'000;
};
Result<std::uint32_t> read_limit(const Request& request, PageLimits limits);
// after=N: the first index of the page. Absent: 0.
Result<std::uint32_t> read_after(const Request& request);

// "10.0.42.0/24", "2001:db8::/64", "10.0.42.7".
std::optional<AddressRange> parse_prefix(std::string_view text);

struct Listing {
  std::string head;  // up to and with the list's "["; "" where there is only a line an element
  // Looks for the next element; appends it and says so.
  // None found yet: kBusy, look again; kEnd: there is none.
  enum class Step : std::uint8_t { kElement, kBusy, kEnd };
  std::function<Step(std::string& out)> next;
  std::function<std::string()> tail;  // asked at the end
  bool is_lines = false;              // a line an element, else commas between them
};
BodySource body_source_of(Listing listing);

}  // namespace rollcall::web
