// Converts a snapshot of the fleet to the JSON of the API.
//
// Threading: pure functions.
// Ownership: return new values; borrow the snapshot for the call.
// Units:     seconds in fields that end in _s, milliseconds in _ms; times as RFC 3339 in UTC.
// Errors:    bytes of names that are not UTF-8 become U+FFFD.
// Cost:      a group about 5 us, because the snapshot holds its ranges; a target under 1 us.
#pragma once

#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/http/exchange.h"

namespace rollcall::web {

// Ranges listed per group; the last entry then says how many more there are.
inline constexpr std::size_t kRangesMax = 1000;
// The status lists groups with addresses that never answered, up to this many.
inline constexpr std::size_t kNeverAnsweredGroupsMax = 100;

Json status_json(const FleetSnapshot& view, WallTime wall, TimePoint now);
// The part of the status that changes with every snapshot, for the event stream.
Json pulse_json(const FleetSnapshot& view, TimePoint now);
Json inventory_json(const FleetSnapshot& view);

// A group as an element of a list, and in full: with ranges and text.
Json group_json(const FleetSnapshot& view, GroupIndex group);
Json whole_group_json(const FleetSnapshot& view, GroupIndex group);

Json sweep_json(const watch::SweepSummary& sweep);
Json incident_json(const watch::Incident& incident);
Json incidents_json(const std::vector<watch::Incident>& incidents);
Json silence_json(const watch::Silence& silence, WallTime now);
Json silences_json(const std::vector<watch::Silence>& silences, WallTime now);
Json note_json(const watch::Note& note);

// Appends targets of one snapshot, one object after the other.
class TargetWriter {
 public:
  explicit TargetWriter(const FleetSnapshot& view) : view_(view) {}
  void append(std::string& out, std::uint32_t row);

 private:
  const FleetSnapshot& view_;
  // Caches the parts that cost most to format: neighbouring targets mostly share them.
  std::optional<GroupIndex> group_;
  std::string group_text_;  // with its quotes
  std::uint32_t since_s_ = 0;
  std::string since_text_ = "null";
};

}  // namespace rollcall::web
