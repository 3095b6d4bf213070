// Whole sweeps that judge their own path, on networks and hosts with troubles drawn from a seed.
//
// Safety: whatever happens, nobody who is up is called missing. Loss alone may do that by chance:
// with p each way a question is lost with L = 1 - (1-p)^2, and as many questions are asked as keep
// the chance below 1e-4 a sweep (trials_wanted() in sweep_judging.cc). 1000 seeds: 0.1 expected at
// most. Liveness: every sweep ends; who is dead is silent, or unknown when the path was never sound
// for long enough; and that is the exception. A failure prints the seed; ROLLCALL_SIM_SEED=n
// repeats it alone.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/fakes/judged_sweep.h"

namespace rollcall::sweep {
namespace {

using fakes::Host;
using fakes::JudgedSweep;
using fakes::Windows;
using std::chrono::milliseconds;
using verdict::TargetVerdict;

constexpr std::uint64_t kSeeds = 1000;
constexpr std::uint32_t kTroubleMs = 20000;  // no trouble begins later
constexpr Duration kEndsWithin = 120s;

struct Tally {
  std::uint32_t dead = 0;
  std::uint32_t named = 0;
};

Windows windows(Random& random, std::uint32_t at_most, std::uint32_t longest_ms) {
  Windows windows;
  for (std::uint32_t i = random.below(at_most + 1); i > 0; --i) {
    const milliseconds from(random.below(kTroubleMs));
    windows.push_back({from, from + milliseconds(random.below(longest_ms))});
  }
  return windows;
}

void draw_trouble(JudgedSweep& rig, Random& random) {
  rig.network.loss = random.below(101) / 1000.0;
  rig.network.rtt = std::chrono::microseconds(random.below(150000));
  rig.dark = windows(random, 2, 5000);
  if (random.below(4) == 0) rig.dark.push_back({0s, milliseconds(random.below(5000))});
  rig.ring_full = windows(random, 3, 600);
  rig.dropping = windows(random, 2, 600);
  rig.capture_stands = windows(random, 2, 500);
  rig.we_stand = windows(random, 2, 500);
}

void draw_dead(JudgedSweep& rig, Random& random) {
  static constexpr std::uint32_t kPerMille[] = {0, 2, 20, 600, 1000};
  const std::uint32_t share = kPerMille[random.below(std::size(kPerMille))];
  for (std::uint32_t i = 0; i < rig.table.size(); ++i) {
    if (random.below(1000) >= share) continue;
    rig.network.hosts[i] = random.below(2) == 0 ? Host::kSilent : Host::kUnreachable;
  }
}

void expect_right(Host host, TargetVerdict verdict) {
  switch (host) {
    case Host::kOpen:
      ASSERT_TRUE(verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kUnknown)
          << "up, but called " << verdict::to_string(verdict);
      break;
    default:
      ASSERT_TRUE(verdict == TargetVerdict::kSilent || verdict == TargetVerdict::kUnreachable ||
                  verdict == TargetVerdict::kUnknown)
          << "dead, but called " << verdict::to_string(verdict);
  }
}

void simulate(std::uint64_t seed, Tally& tally) {
  SCOPED_TRACE("ROLLCALL_SIM_SEED=" + std::to_string(seed));
  Random random(seed);
  fakes::CanaryRows canaries;
  for (std::uint32_t i = random.below(4); i > 0; --i) {
    canaries.push_back(fakes::canary(i, inventory::CanaryKind::kUp));
  }
  JudgedSweep rig(1 + random.below(3000), canaries, random(), 1 + random.below(300));
  rig.options.rate = {1000.0 + random.below(20000)};
  if (random.below(2) == 0) rig.options.auto_rate = PacketRate{rig.options.rate.per_second / 4};
  draw_trouble(rig, random);
  draw_dead(rig, random);
  rig.start();
  ASSERT_TRUE(rig.run_to_end(kEndsWithin)) << "it does not end";
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  for (std::uint32_t i = 0; i < rig.table.size(); ++i) {
    const TargetVerdict verdict = verdict_of(state_of(rig.table, result.states, {i}));
    ASSERT_NO_FATAL_FAILURE(expect_right(rig.network.hosts[i], verdict)) << "target " << i;
    if (rig.network.hosts[i] == Host::kOpen) continue;
    ++tally.dead;
    tally.named += verdict != TargetVerdict::kUnknown;
  }
  for (const auto& [probe, times] : rig.network.probes) {
    ASSERT_TRUE(times == 1 || probe.second == kCanaryAttempt) << probe.first;
  }
}

TEST(JudgedSweepSimulation, CallsNobodyMissingWhoIsUpWhateverTheSeed) {
  Tally tally;
  if (const char* seed = std::getenv("ROLLCALL_SIM_SEED")) {
    return simulate(std::strtoull(seed, nullptr, 10), tally);
  }
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    simulate(seed, tally);
    if (HasFatalFailure()) return;
  }
  RecordProperty("dead", static_cast<int>(tally.dead));
  RecordProperty("named", static_cast<int>(tally.named));
  EXPECT_GT(tally.named, tally.dead / 2) << "unknown is to be the exception";
}

// Questions that are lost are lost as often as arithmetic says: with p = 20 % each way 36 % of
// them, and two SYNs and two connects of three SYNs each are lost together with 0.36^8. Of a
// million checks 282 are, between 228 and 339 in 99.9 of 100 sweeps of this size.
TEST(SweepSimulation, LosesAsManyAsLossAloneExplains) {
  constexpr std::uint32_t kTargetsAtOnce = 100'000;
  std::uint32_t missing = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    JudgedSweep rig(kTargetsAtOnce, {}, seed);
    rig.options = {.epoch = {5},
                   .policy = {.attempts = 2, .recheck_rounds = 2},
                   .rate = {1e6},
                   .group_rate = {1e6}};
    rig.network.loss = 0.2;
    rig.network.keeps_record = false;
    rig.connector.limit = kTargetsAtOnce;
    rig.start();
    ASSERT_TRUE(rig.run_to_end(60s));
    missing +=
        rig.sweep->finish(rig.clock.now()).counts[static_cast<std::size_t>(TargetVerdict::kSilent)];
  }
  EXPECT_GE(missing, 228u);
  EXPECT_LE(missing, 339u);
}

}  // namespace
}  // namespace rollcall::sweep
