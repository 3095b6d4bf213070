#include "scheduler/watch/incidents/correlate.h"

#include <algorithm>
#include <map>
#include <utility>

#include "scheduler/verdict/parent_verdict.h"

namespace rollcall::watch {
namespace {

using inventory::TargetTable;
using verdict::GroupReport;
using verdict::GroupVerdict;

// Fewer than three groups are the fleet only if they are all of it. From three on, a share above
// fleet_share is enough.
constexpr std::size_t kFleetGroupsMin = 3;

bool is_down(const GroupMemory& memory) {
  return memory.phase == GroupPhase::kDown;
}

// Group reports as input of verdict/parent_verdict.h. A group that never answered counts as down,
// so that it does not block the verdict on its parent.
std::vector<GroupReport> down_or_unknown(const FleetStatus& view) {
  std::vector<GroupReport> reports;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    if (!is_down(view.groups[i]) && view.figures[i].has_ever_answered()) continue;
    reports.push_back({.group = {i}, .verdict = GroupVerdict::kDown});
  }
  return reports;
}

// Selects the groups that count for a fleet outage. A group that never answered counts only if no
// group of the fleet ever answered.
class Counted {
 public:
  explicit Counted(const FleetStatus& view)
      : figures_(view.figures),
        any_(std::ranges::any_of(figures_, &GroupFigures::has_ever_answered)) {}
  bool operator()(GroupIndex group) const {
    const GroupFigures& figures = figures_[group.value];
    return any_ ? figures.has_ever_answered() : figures.expected > 0;
  }

 private:
  std::span<const GroupFigures> figures_;
  bool any_;
};

std::vector<GroupIndex> groups_down(const FleetStatus& view) {
  std::vector<GroupIndex> down;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    if (is_down(view.groups[i])) down.push_back({i});
  }
  return down;
}

std::size_t went_together(const FleetStatus& view, std::span<const GroupIndex> down,
                          Duration together) {
  TimePoint newest{};
  for (const GroupIndex group : down) {
    newest = std::max(newest, view.groups[group.value].down_since);
  }
  return static_cast<std::size_t>(std::ranges::count_if(down, [&](GroupIndex group) {
    return newest - view.groups[group.value].down_since <= together;
  }));
}

std::size_t groups_expected(const FleetStatus& view, const Counted& counted) {
  std::size_t expected = 0;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) expected += counted({i});
  return expected;
}

bool is_fleet_down(const FleetStatus& view, std::vector<GroupIndex> down, const UpdateTime& moment,
                   const Settings& settings) {
  const Counted counted(view);
  std::erase_if(down, [&](GroupIndex group) { return !counted(group); });
  if (down.size() < 2) return false;
  const Duration together = settings.settling + moment.interval;
  const std::size_t at_once = went_together(view, down, together);
  const std::size_t all = groups_expected(view, counted);
  if (at_once == all) return is_everything_down(view.fleet.table, down_or_unknown(view));
  return at_once >= kFleetGroupsMin &&
         static_cast<double>(at_once) > settings.fleet_share * static_cast<double>(all);
}

// True when the group is down, or when its suspect targets are more than half of its expected
// addresses.
bool is_going(const GroupMemory& memory, const GroupFigures& figures) {
  return is_down(memory) || figures.suspects * 2 > figures.expected;
}

}  // namespace

std::vector<CorrelatedOutage> correlated_outages(const FleetStatus& view, const UpdateTime& moment,
                                                 const Settings& settings) {
  std::vector<CorrelatedOutage> many;
  std::vector<GroupIndex> down = groups_down(view);
  if (is_fleet_down(view, down, moment, settings)) {
    many.push_back({IncidentScope::kFleet, "fleet", std::move(down)});
  }
  const std::vector<GroupReport> reports = down_or_unknown(view);
  for (verdict::ParentDown& parent : verdict::parents_down(view.fleet.table, reports)) {
    std::erase_if(parent.groups,
                  [&](GroupIndex group) { return !is_down(view.groups[group.value]); });
    if (parent.groups.size() < 2) continue;
    many.push_back({IncidentScope::kParent, parent.parent, std::move(parent.groups)});
  }
  return many;
}

bool still_together(const FleetStatus& view, std::span<const GroupIndex> groups) {
  std::size_t down = 0;
  for (const GroupIndex group : groups) {
    const GroupPhase phase = view.groups[group.value].phase;
    if (phase == GroupPhase::kSettling) return true;
    down += phase == GroupPhase::kDown;
  }
  return down * 2 > groups.size();
}

PendingCorrelation::PendingCorrelation(const FleetStatus& view, const Settings& settings) {
  struct Count {
    std::size_t going = 0;
    std::size_t undecided = 0;
    std::size_t all = 0;
  };
  Count fleet;
  std::map<std::string_view, Count> by_parent;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    if (!view.figures[i].has_ever_answered()) continue;
    const bool going = is_going(view.groups[i], view.figures[i]);
    for (Count* count : {&fleet, &by_parent[view.fleet.table.groups()[i].parent]}) {
      count->going += going;
      count->undecided += view.figures[i].suspects > 0;
      ++count->all;
    }
  }
  whole_fleet_ =
      fleet.undecided > 0 && fleet.going >= kFleetGroupsMin &&
      static_cast<double>(fleet.going) > settings.fleet_share * static_cast<double>(fleet.all);
  for (const auto& [parent, count] : by_parent) {
    const bool all_go = count.going == count.all && count.all > 1 && count.undecided > 0;
    if (!parent.empty() && all_go) parents_.push_back(parent);
  }
}

bool PendingCorrelation::concerns(const inventory::Group& group) const {
  return whole_fleet_ || std::ranges::binary_search(parents_, std::string_view(group.parent));
}

}  // namespace rollcall::watch
