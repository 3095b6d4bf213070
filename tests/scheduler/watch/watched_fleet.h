// A fleet under a watch, swept in accelerated time. The test sets the fate of every target.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/watch/watch.h"
#include "tests/fakes/small_table.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::watch {

using verdict::Fate;

// `parents[i]` becomes the parent of the group named by its position in order of appearance.
inline std::shared_ptr<const inventory::TargetTable> table_with_parents(
    const inventory::TargetTable& table, const std::vector<std::string>& parents) {
  std::vector<inventory::Group> groups(table.groups().begin(), table.groups().end());
  for (std::size_t i = 0; i < groups.size() && i < parents.size(); ++i) {
    groups[i].parent = parents[i];
  }
  return std::make_shared<inventory::TargetTable>(
      fakes::rows_of(table), std::move(groups),
      std::vector(table.label_sets().begin(), table.label_sets().end()), 0x5eed);
}

class WatchedFleet {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(5);

  WatchedFleet(std::shared_ptr<const inventory::TargetTable> shared, const Settings& settings)
      : table(std::move(shared)), fates(table->size(), Fate::kOpens), watch(table, settings) {
    states_.resize(table->size());
  }

  // Runs one sweep, `after` the last one.
  Changes sweep(Duration after = kInterval) {
    now += after;
    wall += after;
    for (std::uint32_t place = 0; place < table->size(); ++place) {
      const inventory::Target& target = table->at({place});
      states_[place] = state_of(target, fates[target.index.value]);
    }
    return watch.add({.table = *table,
                      .states = states_,
                      .sound = sound,
                      .started = now,
                      .started_wall = wall,
                      .interval = kInterval,
                      .duration = duration,
                      .unjudged_reason = "it is not asked",
                      .silent_hops = silent_hops,
                      .is_whole = true});
  }

  // Runs `count` sweeps and returns all their changes together.
  Changes sweeps(int count) {
    Changes all;
    for (int i = 0; i < count; ++i) {
      Changes changes = sweep();
      std::ranges::move(changes.transitions, std::back_inserter(all.transitions));
      std::ranges::move(changes.incidents, std::back_inserter(all.incidents));
    }
    return all;
  }

  // Rows [first, last) of a group, counted from its own first.
  void set(GroupIndex group, std::uint32_t first, std::uint32_t last, Fate fate) {
    const std::uint32_t begin = table->group(group).first;
    for (std::uint32_t row = first; row < last; ++row) fates[begin + row] = fate;
  }
  void set(GroupIndex group, Fate fate) { set(group, 0, table->group(group).targets, fate); }

  std::shared_ptr<const inventory::TargetTable> table;
  std::vector<Fate> fates;  // by TargetIndex
  Watch watch;
  bool sound = true;
  Duration duration{};  // of each sweep
  std::vector<std::pair<std::string, SilentHop>> silent_hops;
  TimePoint now{std::chrono::hours(100)};
  WallTime wall{std::chrono::hours(24 * 365 * 56)};

 private:
  const verdict::TargetProgress& state_of(const inventory::Target& target, Fate fate) const {
    const bool open = target.expect == inventory::Expect::kOpen;
    return prepared_[open ? 0 : 1][static_cast<std::size_t>(fate)];
  }

  static std::vector<verdict::TargetProgress> prepare(inventory::Expect expect) {
    std::vector<verdict::TargetProgress> states;
    for (int fate = 0; fate <= static_cast<int>(Fate::kInterrupted); ++fate) {
      states.push_back(verdict::settle_as(static_cast<Fate>(fate), expect));
    }
    return states;
  }

  std::vector<verdict::TargetProgress> states_;
  std::array<std::vector<verdict::TargetProgress>, 2> prepared_{prepare(inventory::Expect::kOpen),
                                                                prepare(inventory::Expect::kBound)};
};

}  // namespace rollcall::watch
