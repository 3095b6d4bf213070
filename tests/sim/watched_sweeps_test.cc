// Simulates a watch over many sweeps of a network with faults drawn from a seed.
//
// The promise under test: no dead target stays unknown for longer than two intervals without an
// open incident that says so. If sweeps take longer than the interval, the achieved interval
// counts. A failure prints the seed; ROLLCALL_SIM_SEED=n repeats it alone.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/base/random.h"
#include "scheduler/watch/watch.h"
#include "tests/fakes/judged_sweep.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using fakes::Host;
using fakes::JudgedSweep;
using std::chrono::milliseconds;
using verdict::TargetVerdict;

constexpr std::uint64_t kSeeds = 300;
constexpr int kSweeps = 12;
constexpr Duration kInterval = 10s;
constexpr Duration kEndsWithin = 120s;
// Time between two checks of unjudged targets, plus the rest of the sweep that is running.
constexpr Duration kSlack = 12s;

std::string told_of(const std::vector<Incident>& open) {
  std::string text;
  for (const Incident& incident : open) {
    text += fmt::format("\nopen: {} ({} groups): {}", incident.subject, incident.groups.size(),
                        incident.sentence);
  }
  return text;
}

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed),
        rig_(1 + random_.below(400), {}, random_(), 1 + random_.below(120)),
        table_(std::shared_ptr<const void>(), &rig_.table),
        watch_(table_, {}),
        judged_at_(rig_.table.size(), rig_.clock.now()) {
    rig_.network.keeps_record = false;
    rig_.options.rate = {2000.0 + random_.below(20000)};
    rig_.network.loss = random_.below(101) / 1000.0;
    rig_.use_routes(static_cast<std::uint16_t>(1 + random_.below(4)));
    for (std::uint32_t i = 0; i < rig_.table.groups().size(); ++i) {
      if (random_.below(4) != 0) continue;
      rig_.network.syn_limits[i] = {1 + random_.below(60), 5 + random_.below(60)};
    }
  }

  void live() {
    for (int number = 0; number < kSweeps && !testing::Test::HasFatalFailure(); ++number) {
      trouble(number);
      sweep();
      until(next_at_);
    }
  }
  std::uint32_t told() const { return told_; }

 private:
  // From some sweep on: addresses die, a way goes dark for good, or the path does for a while.
  void trouble(int number) {
    rig_.dark.clear();
    rig_.dropping.clear();
    if (random_.below(3) == 0) {
      const milliseconds from(random_.below(8000));
      rig_.dark = {{from, from + milliseconds(random_.below(9000))}};
    }
    if (random_.below(4) == 0) rig_.dropping = {{0s, milliseconds(random_.below(20000))}};
    if (number == 0 || random_.below(3) != 0) return;
    const std::uint32_t share = random_.below(4) == 0 ? 1000 : random_.below(100);
    for (std::uint32_t row = 0; row < rig_.table.size(); ++row) {
      if (random_.below(1000) < share) rig_.network.hosts[row] = Host::kSilent;
    }
    const auto route = random_.below(static_cast<std::uint32_t>(rig_.network.routes.size()));
    if (random_.below(4) == 0) rig_.darken(static_cast<std::uint16_t>(route), {{0s, 24h}});
  }

  void sweep() {
    const TimePoint started = rig_.clock.now();
    next_at_ = started + kInterval;
    rig_.options.quotas = limited_.quotas(rig_.table, started);
    rig_.start();
    while (!rig_.run_to_end(rig_.now() + 1s)) {
      ASSERT_LT(rig_.now(), kEndsWithin) << "it does not end";
      look();
    }
    const bool is_sound = !rig_.sweep->gave_up();
    if (is_sound) limited_.learn(rig_.table, rig_.sweep->tallies(), rig_.clock.now());
    const auto result = rig_.sweep->finish(rig_.clock.now());
    longest_ = std::max(longest_, rig_.clock.now() - started);
    watch_.add({.table = rig_.table,
                .states = result.states,
                .sound = is_sound,
                .started = started,
                .started_wall = wall(),
                .interval = kInterval,
                .duration = rig_.clock.now() - started,
                .unjudged_reason = "it is so"});
    for (std::uint32_t row = 0; row < rig_.table.size(); ++row) {
      const auto verdict = verdict_of(state_of(rig_.table, result.states, {row}));
      if (is_sound && verdict != TargetVerdict::kUnknown) judged_at_[row] = started;
    }
    look();
  }

  void until(TimePoint time) {
    rig_.sweep.reset();
    do {
      rig_.clock.advance(1s);
      rig_.drain();
      look();
    } while (rig_.clock.now() < time && !testing::Test::HasFatalFailure());
  }

  void look() {
    const TimePoint now = rig_.clock.now();
    watch_.check(now, wall(), "it is so");
    const auto open = watch_.open_incidents();
    const Duration most = 2 * std::max(kInterval, longest_) + longest_ + kSlack;
    for (std::uint32_t row = 0; row < rig_.table.size(); ++row) {
      if (rig_.network.hosts[row] == Host::kOpen || now - judged_at_[row] <= most) continue;
      const auto& group = rig_.table.group(rig_.table[{row}].group);
      const bool is_notified = std::ranges::any_of(open, [&](const Incident& incident) {
        return incident.subject == group.name ||
               std::ranges::count(incident.groups, group.name) > 0;
      });
      ASSERT_TRUE(is_notified) << fmt::format("{} of {}, unknown for {} s, sweeps took {} s", row,
                                              group.name, (now - judged_at_[row]) / 1s,
                                              longest_ / 1s)
                               << told_of(open);
      ++told_;
    }
  }

  WallTime wall() const { return WallTime{rig_.clock.now().time_since_epoch()}; }

  Random random_;
  JudgedSweep rig_;
  std::shared_ptr<const inventory::TargetTable> table_;
  Watch watch_;
  sweep::LimitedMemory limited_;
  std::vector<TimePoint> judged_at_;  // by TargetIndex: the newest sweep that told
  TimePoint next_at_;
  Duration longest_{};
  std::uint32_t told_ = 0;
};

TEST(WatchedSweeps, LeaveNobodyUnknownForLongWithoutAWord) {
  const char* given = std::getenv("ROLLCALL_SIM_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t last = given != nullptr ? first : kSeeds;
  std::uint32_t told = 0;
  for (std::uint64_t seed = first; seed <= last && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("ROLLCALL_SIM_SEED=" + std::to_string(seed));
    World world(seed);
    world.live();
    told += world.told();
  }
  EXPECT_TRUE(given != nullptr || told > 0) << "nobody was ever unknown for long";
}

}  // namespace
}  // namespace rollcall::watch
