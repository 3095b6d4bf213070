// A picture of the fleet as the JSON of the API.
//
// Threading: pure functions.
// Ownership: return new values; borrow the picture for the call.
// Units:     seconds in fields that end in _s, milliseconds in _ms; times as RFC 3339 in UTC.
// Errors:    none. Names that are no UTF-8 are written with U+FFFD.
// Cost:      a group some 5 us; its ranges are in the picture. A target under 1 us.
#pragma once

#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/http/exchange.h"

namespace rollcall::web {

// Ranges of one group that are listed; the last entry then says how many more there are.
inline constexpr std::size_t kRangesMax = 1000;
// Groups of which the status names the addresses that never answered.
inline constexpr std::size_t kNeverAnsweredGroupsMax = 100;

Json status_json(const FleetSnapshot& view, WallTime wall, TimePoint now);
// What changes from picture to picture: for the event stream. Part of the status.
Json pulse_json(const FleetSnapshot& view, TimePoint now);
Json inventory_json(const FleetSnapshot& view);

// As an element of a list, and whole: with ranges and words.
Json group_json(const FleetSnapshot& view, GroupIndex group);
Json whole_group_json(const FleetSnapshot& view, GroupIndex group);

Json sweep_json(const watch::SweepSummary& sweep);
Json incident_json(const watch::Incident& incident);
Json incidents_json(const std::vector<watch::Incident>& incidents);
Json silence_json(const watch::Silence& silence, WallTime now);
Json silences_json(const std::vector<watch::Silence>& silences, WallTime now);
Json note_json(const watch::Note& note);

// Appends targets of one picture, one object after the other.
class TargetWriter {
 public:
  explicit TargetWriter(const FleetSnapshot& view) : view_(view) {}
  void append(std::string& out, std::uint32_t row);

 private:
  const FleetSnapshot& view_;
  // Neighbours mostly share these, which take longest to write.
  std::optional<GroupIndex> group_;
  std::string group_text_;  // with its quotes
  std::uint32_t since_s_ = 0;
  std::string since_text_ = "null";
};

}  // namespace rollcall::web
