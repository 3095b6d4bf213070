// Groups that are down together: when a rack or the fleet is the news, its groups are not.
//
// Threading: pure functions.
// Ownership: names borrow from the table.
// Units:     counts of groups.
// Errors:    none.
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

// A next hop behind which no target answers, as sweep after sweep found it.
struct SilentHop {
  bool answers = false;  // the next hop itself
  std::uint32_t targets = 0;
  TimePoint since{};
  WallTime since_wall{};
  TimePoint seen_at{};  // by the newest sweep that says so
};

// All that is held to be true of a fleet at one moment.
struct FleetStatus {
  FleetMemory fleet;
  const std::unordered_map<std::string_view, GroupIndex>& by_name;
  std::span<const GroupMemory> groups;                               // by GroupIndex
  std::span<const GroupFigures> figures;                             // by GroupIndex
  const std::map<std::string, SilentHop, std::less<>>& silent_hops;  // by name
  std::string_view unjudged_reason;  // why the last sweeps could not judge; "": not known
  std::span<const FailedDependency> failed_dependencies = {};
};

// When something is judged, and how long before it the same may have been noticed elsewhere.
struct UpdateTime {
  TimePoint now;
  WallTime wall;
  Duration interval{};  // the longest between two sweeps of a group
  // No sweep before it judged anything for longer than longest_gap(): what waits, waits anew.
  bool is_after_a_pause = false;
  // No sweep judged anything: only what cannot be judged is news.
  bool is_unjudged = false;
};

struct CorrelatedOutage {
  IncidentScope scope = IncidentScope::kParent;
  std::string_view subject;
  std::vector<GroupIndex> groups;  // ascending; at least two
};

// The fleet first, when more than fleet_share of its groups, or all of several, went down within
// one settling time; then the parents of which every group is down. Groups of which no address ever
// answered count for nobody.
std::vector<CorrelatedOutage> correlated_outages(const FleetStatus& view, const UpdateTime& moment,
                                                 const Settings& settings);

// An incident about these groups goes on while one of them settles, or more than half are down.
bool still_together(const FleetStatus& view, std::span<const GroupIndex> groups);

// Whether more of those that share this group's fate are about to go: with a decision so near, news
// of the group alone would be overtaken by news of its parent, or of the fleet.
class PendingCorrelation {
 public:
  PendingCorrelation(const FleetStatus& view, const Settings& settings);
  bool concerns(const inventory::Group& group) const;

 private:
  bool whole_fleet_ = false;
  std::vector<std::string_view> parents_;  // ascending
};

}  // namespace rollcall::watch
