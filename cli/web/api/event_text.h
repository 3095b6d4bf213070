// What the event stream says when one picture follows another.
//
//   event: cells
//   id: 12
//   data: {"version":12,"changes":[[4217,4],...]}
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     rows of the table, TargetState as a number.
// Errors:    none.
// Cost:      once a picture, whoever many listen: a pass over the targets (0.1 ms for 100,000),
//            and the JSON of what changed.
#pragma once

#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"

namespace rollcall::web {

// More changes than these: {"reset"}, and everybody asks for the whole again.
inline constexpr std::size_t kCellChangesMax = 20'000;
inline constexpr std::size_t kGroupChangesMax = 2'000;

// For one that begins to listen.
std::string hello_text(const FleetSnapshot& view, TimePoint now);
// For those that listen.
std::string change_text(const FleetSnapshot& before, const FleetSnapshot& after, TimePoint now);

}  // namespace rollcall::web
