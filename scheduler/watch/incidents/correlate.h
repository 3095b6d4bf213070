// Incident correlation: finds groups that are down together, so that a rack or fleet outage is one
// incident.
//
// Threading: pure functions.
// Ownership: names borrow from the table.
// Units:     counts of groups.
// Cost:      one pass over the groups; one hash entry a parent.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/watch/group_watch.h"

namespace rollcall::watch {

// A next hop behind which no target answers, over several sweeps.
struct SilentHop {
  bool answers = false;  // the next hop itself answers
  std::uint32_t targets = 0;
  TimePoint since{};
  WallTime since_wall{};
  TimePoint seen_at{};  // start of the newest sweep that found it silent
};

// The input of incident correlation: the state of a fleet at one moment.
struct FleetStatus {
  FleetMemory fleet;
  const std::unordered_map<std::string_view, GroupIndex>& by_name;
  std::span<const GroupMemory> groups;                               // by GroupIndex
  std::span<const GroupFigures> figures;                             // by GroupIndex
  const std::map<std::string, SilentHop, std::less<>>& silent_hops;  // by name
  std::string_view unjudged_reason;  // why the last sweeps could not judge; "": unknown
  std::span<const FailedDependency> failed_dependencies = {};
};

// The time of an update, and how it relates to the sweeps before.
struct UpdateTime {
  TimePoint now;
  WallTime wall;
  Duration interval{};  // the longest interval of any sweep
  // The sweep before it was more than longest_gap() earlier: a waiting incident starts its wait
  // again.
  bool is_after_a_pause = false;
  // No sweep judged a target: only incidents about unjudged targets may change.
  bool is_unjudged = false;
};

struct CorrelatedOutage {
  IncidentScope scope = IncidentScope::kParent;
  std::string_view subject;
  std::vector<GroupIndex> groups;  // ascending; at least two
};

// Returns the fleet first, if more than fleet_share of its groups, or all of at least two, went
// down within one settling time. Then come the parents whose groups are all down. Groups in which
// no address ever answered do not count, unless that is true of every group.
std::vector<CorrelatedOutage> correlated_outages(const FleetStatus& view, const UpdateTime& moment,
                                                 const Settings& settings);

// True while an incident about these groups continues: one of them settles, or more than half are
// down.
bool still_together(const FleetStatus& view, std::span<const GroupIndex> groups);

// Finds groups whose parent or fleet seems about to go down as a whole. Their own incidents wait,
// because an incident of the parent or the fleet would soon replace them.
class PendingCorrelation {
 public:
  PendingCorrelation(const FleetStatus& view, const Settings& settings);
  bool concerns(const inventory::Group& group) const;

 private:
  bool whole_fleet_ = false;
  std::vector<std::string_view> parents_;  // ascending
};

}  // namespace rollcall::watch
