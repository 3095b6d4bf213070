// Streams long lists element by element, and filters the groups and targets that belong to them.
//
// Threading: pure; a BodySource runs on one thread at a time.
// Ownership: a BodySource keeps the snapshot that it reads.
// Units:     rows.
// Errors:    each read function names a field with an invalid value; the router has refused unknown
//            fields before.
// Cost:      a piece of a BodySource is about 64 KB, or a pass over kRowsAPiece rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/http/exchange.h"
#include "engine/base/error.h"

namespace rollcall::web {

// group=, label.K=V, prefix=; for targets also state= and address=; for groups trouble=.
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
  std::string head;  // up to and including "["; "" if each element is a line
  // Looks for the next element, appends it and returns kElement. kBusy: none found yet, call again;
  // kEnd: there are no more.
  enum class Step : std::uint8_t { kElement, kBusy, kEnd };
  std::function<Step(std::string& out)> next;
  std::function<std::string()> tail;  // called at the end
  bool is_lines = false;              // one line per element, else commas between them
};
BodySource body_source_of(Listing listing);

}  // namespace rollcall::web
