// Writes the metrics of single groups, within kGroupBytesMax.

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "cli/web/metrics/metrics.h"
#include "engine/base/text/printable.h"

namespace rollcall::web {
namespace {

using StateCounts = std::array<std::uint32_t, watch::kTargetStates>;

// An upper bound of a sample's length without the group's name.
constexpr std::size_t kSampleBytes = 72;

struct TroubledGroup {
  GroupIndex group;
  StateCounts counts{};
  std::optional<watch::Trouble> trouble;
  std::string label;  // as shown
};

// The rank for display: groups with trouble first, then with failing targets, then the rest.
int rank_of(const TroubledGroup& group) {
  using enum watch::TargetState;
  if (group.trouble) return 2 + static_cast<int>(*group.trouble);
  const auto count = [&](watch::TargetState state) {
    return group.counts[static_cast<std::size_t>(state)];
  };
  return count(kMissing) + count(kSuspect) + count(kClosed) > 0 ? 1 : 0;
}

// The groups that are not all up, worst first.
std::vector<TroubledGroup> not_all_up(const FleetSnapshot& view) {
  std::vector<TroubledGroup> found;
  const auto groups = view.table().groups();
  const auto targets = view.targets();
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    TroubledGroup group{.group = {i}, .trouble = view.groups[i].trouble, .label = {}};
    for (const TargetDetail& target : targets.subspan(groups[i].first, groups[i].targets)) {
      ++group.counts[static_cast<std::size_t>(target.state)];
    }
    const bool is_all_up =
        group.counts[static_cast<std::size_t>(watch::TargetState::kUp)] == groups[i].targets;
    if (!is_all_up || group.trouble) found.push_back(std::move(group));
  }
  std::ranges::sort(found, {}, [](const TroubledGroup& group) {
    return std::pair(-rank_of(group), group.group);
  });
  return found;
}

std::size_t bytes_of(const TroubledGroup& group, bool is_silenced) {
  const auto escapes = static_cast<std::size_t>(
      std::ranges::count_if(group.label, [](char c) { return c == '"' || c == '\\'; }));
  const auto samples = static_cast<std::size_t>(
      std::ranges::count_if(group.counts, [](std::uint32_t count) { return count > 0; }));
  return (samples + group.trouble.has_value() + is_silenced) *
         (kSampleBytes + group.label.size() + escapes);
}

struct Choice {
  std::vector<TroubledGroup> shown;
  std::size_t left_out = 0;
  std::size_t left_out_in_trouble = 0;
};

// Leaves out a group whose printable name equals an earlier one: both would be the same series.
Choice choose(const FleetSnapshot& view) {
  Choice choice;
  std::set<std::string> labels;
  std::size_t bytes = 0;
  for (TroubledGroup& group : not_all_up(view)) {
    group.label = printable(view.table().group(group.group).name);
    const std::size_t more = bytes_of(group, view.silenced[group.group.value]);
    if (bytes + more > kGroupBytesMax || !labels.insert(group.label).second) {
      ++choice.left_out;
      choice.left_out_in_trouble += group.trouble.has_value();
      continue;
    }
    bytes += more;
    choice.shown.push_back(std::move(group));
  }
  return choice;
}

void add_by_trouble(MetricFamilies& families, const FleetSnapshot& view) {
  std::array<std::uint32_t, watch::kTroubles> by_trouble{};
  std::uint32_t without = 0;
  std::uint32_t settling = 0;
  for (const watch::GroupStatus& group : view.groups) {
    group.trouble ? ++by_trouble[static_cast<std::size_t>(*group.trouble)] : ++without;
    settling += group.is_settling;
  }
  families.gauge("rollcall_groups", "Groups by what is wrong with them.")
      .add(without, {{"trouble", "none"}});
  constexpr auto kFirst = static_cast<std::size_t>(watch::Trouble::kFailing) + 1;
  for (std::size_t i = kFirst; i < by_trouble.size(); ++i) {
    families.add(by_trouble[i], {{"trouble", to_string(static_cast<watch::Trouble>(i))}});
  }
  families
      .gauge("rollcall_groups_settling",
             "Groups that were down, of which the first addresses are back.")
      .add(settling);
}

}  // namespace

void add_groups(MetricFamilies& families, const FleetSnapshot& view) {
  add_by_trouble(families, view);
  const Choice choice = choose(view);
  families.gauge(
      "rollcall_group_targets",
      "Targets by state, of groups that are not all up; states without any are left out.");
  for (const TroubledGroup& group : choice.shown) {
    for (std::size_t i = 0; i < group.counts.size(); ++i) {
      if (group.counts[i] == 0) continue;
      families.add(group.counts[i], {{"group", group.label},
                                     {"state", to_string(static_cast<watch::TargetState>(i))}});
    }
  }
  families.gauge("rollcall_group_trouble", "1 for each group with which something is wrong.");
  for (const TroubledGroup& group : choice.shown) {
    if (group.trouble) {
      families.add(1, {{"group", group.label}, {"trouble", to_string(*group.trouble)}});
    }
  }
  families.gauge("rollcall_group_silenced",
                 "1 for each group that is not all up and that a maintenance window keeps quiet.");
  for (const TroubledGroup& group : choice.shown) {
    if (view.silenced[group.group.value]) families.add(1, {{"group", group.label}});
  }
  families
      .gauge("rollcall_series_truncated",
             "Groups that are left out of a metric because there are too many: those least in "
             "trouble.")
      .add(static_cast<double>(choice.left_out), {{"metric", "rollcall_group_targets"}})
      .add(static_cast<double>(choice.left_out_in_trouble), {{"metric", "rollcall_group_trouble"}});
}

}  // namespace rollcall::web
