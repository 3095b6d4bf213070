// Builds the text of the event stream from two snapshots that follow each other.
//
//   event: cells
//   id: 12
//   data: {"version":12,"changes":[[4217,4],...]}
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     rows of the table, TargetState as a number.
// Cost:      once per snapshot for all subscribers: a pass over the targets (0.1 ms for 100,000),
//            and the JSON of the changes.
#pragma once

#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"

namespace rollcall::web {

// With more changes than these, the event is {"reset"}, and every client loads all state again.
inline constexpr std::size_t kCellChangesMax = 20'000;
inline constexpr std::size_t kGroupChangesMax = 2'000;

// The first text of a new subscriber.
std::string hello_text(const FleetSnapshot& view, TimePoint now);
// The text for existing subscribers.
std::string change_text(const FleetSnapshot& before, const FleetSnapshot& after, TimePoint now);

}  // namespace rollcall::web
