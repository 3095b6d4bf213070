// Shared by the micro-benchmarks: a fixed fleet, a fixed key, and a counter of the cost per item.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

#include "engine/base/random.h"
#include "engine/inventory/load.h"
#include "engine/packet/cookie.h"
#include "engine/packet/port_schedule.h"

namespace rollcall::bench {

inline constexpr std::uint64_t kSeed = 20260105;
inline constexpr Epoch kEpoch{7};
inline const packet::CookieKey kKey({1, 2});
inline const packet::PortSchedule kPorts(kKey, packet::kDefaultPortBase);
inline constexpr Address kSelf = Address::from_v4(0xc6130001);
inline constexpr Address kSelf6 = Address::from_halves(0x20010db8'00000000, 1);

// 131,072 addresses in groups of 256.
inline const inventory::TargetTable& fleet() {
  static const inventory::Inventory loaded =
      inventory::load_inventory(
          {.targets = {"10.0.0.0/15"}, .default_ports = {Port{80}}, .seed = kSeed})
          .value();
  return loaded.table;
}

// Random rows of the fleet, drawn before the benchmark runs. They are as unpredictable as replies,
// and drawing them costs the measured code nothing.
inline const std::vector<TargetIndex>& random_targets() {
  static const std::vector<TargetIndex> targets = [] {
    Random random(kSeed);
    std::vector<TargetIndex> drawn(1 << 16);
    for (TargetIndex& target : drawn) target = {random.below(fleet().size())};
    return drawn;
  }();
  return targets;
}
inline TargetIndex random_target(std::size_t turn) {
  return random_targets()[turn % random_targets().size()];
}

// Reports the cost of one item, however many items an iteration handles.
inline void tell_cost(benchmark::State& state, double items_per_iteration = 1) {
  state.counters["per_item"] =
      benchmark::Counter(items_per_iteration * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace rollcall::bench
