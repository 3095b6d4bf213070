// Writes the one-line summaries that a person reads first: of the fleet, of a group, of this host.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     addresses.
// Errors:    names are not escaped: the caller escapes them for its output.
// Cost:      one pass over the groups, or over one group's rows.
#pragma once

#include <string>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"

namespace rollcall::web {

// "50,763 of 50,800 addresses answer; web42 lost 37 addresses after its reboot 4 minutes ago; 2
//  more incidents"
std::string fleet_sentence(const FleetSnapshot& view);

// "217 of 254 answer; missing are the last 37: nothing after .217 came up"
std::string group_sentence(const FleetSnapshot& view, GroupIndex group);

// Problems that keep this host or this watch from correct results or from reporting them. Empty:
// none known.
std::vector<std::string> vantage_problems(const FleetSnapshot& view, TimePoint now);

// Findings of the newest sweep on the path that are no fault of this host: "131,072 targets fell
// silent at once: ...; 3 canaries answered to the end, so it is the fleet and not ourselves".
std::vector<std::string> path_remarks(const FleetSnapshot& view);

}  // namespace rollcall::web
