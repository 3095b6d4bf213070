// Tests whole sweeps that judge their own path: faults of this host make no live target missing.

#include "tests/fakes/judged_sweep.h"

#include <gmock/gmock.h>

namespace rollcall::sweep {
namespace {

using fakes::Host;
using fakes::JudgedSweep;
using fakes::SimNetwork;
using fakes::Windows;
using inventory::CanaryKind;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;
using verdict::TargetVerdict;

constexpr Duration kEver = 1h;
constexpr std::uint8_t kRoundsOfConnects[] = {0, 2};
const std::vector<std::uint32_t> kDead = {3, 500, 4000, 7777, 15000, 19999};
constexpr std::uint32_t kTargets = 20000;  // four seconds of asking

// A fleet with some dead, on a path without loss.
struct Fleet : JudgedSweep {
  explicit Fleet(const fakes::CanaryRows& canaries = {}) : JudgedSweep(kTargets, canaries) {
    for (const std::uint32_t dead : kDead) network.hosts[dead] = Host::kSilent;
  }
};

struct Verdicts {
  std::vector<std::uint32_t> missing;
  std::vector<std::uint32_t> unknown;
  std::uint32_t open = 0;
};

Verdicts verdicts_of(const inventory::TargetTable& table, const SweepResult& result) {
  Verdicts verdicts;
  for (std::uint32_t i = 0; i < result.states.size(); ++i) {
    switch (verdict_of(state_of(table, result.states, {i}))) {
      case TargetVerdict::kSilent:
      case TargetVerdict::kUnreachable:
        verdicts.missing.push_back(i);
        break;
      case TargetVerdict::kUnknown:
        verdicts.unknown.push_back(i);
        break;
      case TargetVerdict::kOpen:
      case TargetVerdict::kClosed:
        ++verdicts.open;
        break;
    }
  }
  return verdicts;
}

Verdicts run(JudgedSweep& rig, Duration most = 60s) {
  rig.start();
  EXPECT_TRUE(rig.run_to_end(most)) << "the sweep does not end";
  return verdicts_of(rig.table, rig.sweep->finish(rig.clock.now()));
}

// Every question of a target's ladder is asked once, and never with the canaries' number.
void expect_ladders_in_order(const JudgedSweep& rig) {
  for (const auto& [probe, times] : rig.network.probes) {
    const auto& [target, attempt] = probe;
    if (attempt == kCanaryAttempt) continue;
    EXPECT_LT(attempt, verdict::kLadderMax);
    EXPECT_LT(target, rig.table.size()) << "a canary's own row has no ladder";
    EXPECT_EQ(times, 1) << "target " << target << ", attempt " << int{attempt};
  }
}

TEST(JudgedSweep, NamesTheDeadAndNobodyElseWhereNothingIsAmiss) {
  Fleet rig;
  const Verdicts verdicts = run(rig, 12s);
  EXPECT_THAT(verdicts.missing, ElementsAreArray(kDead));
  EXPECT_THAT(verdicts.unknown, IsEmpty());
  EXPECT_EQ(rig.sweep->path().unsound_slices(), 0u);
  EXPECT_EQ(rig.sweep->path().witnesses().unreliable_slices(), 0u);
  EXPECT_EQ(rig.sweep->fell_silent_at_once(), 0u);
  EXPECT_EQ(rig.sweep->path().canaries().answering(), kCanariesOfHopsMax);
  expect_ladders_in_order(rig);
}

TEST(JudgedSweep, NamesTheDeadAndNobodyElseInSpiteOfTrouble) {
  const struct {
    const char* description;
    void (*trouble)(JudgedSweep&);
  } kCases[] = {
      {"a blackout of 3 s in mid-sweep", [](JudgedSweep& r) { r.dark = {{1500ms, 4500ms}}; }},
      {"a blackout of 10 s in mid-sweep", [](JudgedSweep& r) { r.dark = {{2s, 12s}}; }},
      {"a blackout during the connects", [](JudgedSweep& r) { r.dark = {{5s, 8s}}; }},
      {"a blackout of 3 s at the very start", [](JudgedSweep& r) { r.dark = {{0s, 3s}}; }},
      {"one blackout after the other",
       [](JudgedSweep& r) { r.dark = {{1s, 1500ms}, {2s, 2500ms}, {3s, 4s}}; }},
      {"an interface that drops for 2 s", [](JudgedSweep& r) { r.dropping = {{2s, 4s}}; }},
      {"an interface that drops during the connects",
       [](JudgedSweep& r) { r.dropping = {{4800ms, 5s}, {6s, 6100ms}}; }},
      {"a full ring in some slices",
       [](JudgedSweep& r) { r.ring_full = {{1s, 1200ms}, {2s, 2700ms}}; }},
      {"a capture that stands still", [](JudgedSweep& r) { r.capture_stands = {{2s, 2300ms}}; }},
      {"a scheduler that stands still", [](JudgedSweep& r) { r.we_stand = {{2s, 3500ms}}; }},
      {"a stall and a blackout at once",
       [](JudgedSweep& r) {
         r.dark = {{2s, 4s}};
         r.capture_stands = {{1900ms, 4500ms}};
       }},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    Fleet rig;
    c.trouble(rig);
    const Verdicts verdicts = run(rig);
    EXPECT_THAT(verdicts.missing, ElementsAreArray(kDead));
    EXPECT_THAT(verdicts.unknown, IsEmpty());
    EXPECT_EQ(verdicts.open, kTargets - kDead.size());
    EXPECT_GT(rig.sweep->path().unsound_slices(), 0u);
    EXPECT_FALSE(rig.sweep->gave_up());
    expect_ladders_in_order(rig);
  }
}

TEST(JudgedSweep, HoldsItsQuestionsWhileItIsBlind) {
  Fleet rig;
  rig.dark = {{1s, 6s}};
  rig.start();
  rig.run_until(2s);
  const std::uint32_t asked = rig.sweep->progress().asked;
  rig.run_until(5900ms);
  EXPECT_LE(rig.sweep->progress().asked, asked + 200) << "a trickle, fifty a second";
}

TEST(JudgedSweep, GivesUpOnABlackoutThatDoesNotEnd) {
  for (const Duration from : {0ms, 2000ms, 4500ms}) {
    SCOPED_TRACE(from / 1ms);
    Fleet rig({fakes::canary(0, CanaryKind::kUp)});
    rig.dark = {{from, kEver}};
    const Verdicts verdicts = run(rig, from + 20s);
    EXPECT_TRUE(rig.sweep->gave_up());
    EXPECT_TRUE(rig.sweep->was_blackout());
    EXPECT_THAT(kDead, IsSupersetOf(verdicts.missing));
  }
}

TEST(JudgedSweep, GivesUpOnACaptureThatStandsStillForGood) {
  for (const std::uint8_t rounds : kRoundsOfConnects) {
    Fleet rig;
    rig.options.policy.recheck_rounds = rounds;
    rig.capture_stands = {{2s, kEver}};
    const Verdicts verdicts = run(rig, 40s);
    EXPECT_TRUE(rig.sweep->gave_up());
    EXPECT_FALSE(rig.sweep->was_blackout());
    EXPECT_THAT(kDead, IsSupersetOf(verdicts.missing));
  }
}

TEST(JudgedSweep, GivesUpOnAnInterfaceThatNeverStopsDropping) {
  Fleet rig;
  rig.dropping = {{2s, kEver}};
  EXPECT_THAT(kDead, IsSupersetOf(run(rig, 40s).missing));
  EXPECT_TRUE(rig.sweep->gave_up());
}

TEST(JudgedSweep, CallsNobodySilentWhereNobodyAnswersAndNobodyElseIsThereToTell) {
  for (const std::uint32_t targets : {1u, 40u, 2000u}) {
    SCOPED_TRACE(targets);
    JudgedSweep rig(targets);
    rig.dark = {{0s, kEver}};
    const Verdicts verdicts = run(rig, 40s);
    EXPECT_EQ(verdicts.unknown.size(), targets);
    EXPECT_EQ(rig.sweep->fell_silent_at_once() > 0, targets > 50);
  }
}

TEST(JudgedSweep, CallsAllSilentWhereACanaryAnswersThroughout) {
  for (const std::uint32_t targets : {1u, 40u, 2000u}) {
    SCOPED_TRACE(targets);
    JudgedSweep rig(targets, {fakes::canary(0, CanaryKind::kUp)});
    std::fill_n(rig.network.hosts.begin(), targets, Host::kSilent);
    const Verdicts verdicts = run(rig, 40s);
    EXPECT_EQ(verdicts.missing.size(), targets);
    EXPECT_EQ(rig.sweep->fell_silent_at_once() > 0, targets > 50);
    EXPECT_EQ(rig.sweep->path().canaries().answering(), 1u);
    expect_ladders_in_order(rig);
  }
}

TEST(JudgedSweep, PausesForASecondWhenVeryManyFallSilent) {
  JudgedSweep rig(2000, {fakes::canary(0, CanaryKind::kUp)});
  std::fill_n(rig.network.hosts.begin(), 2000, Host::kSilent);
  run(rig, 40s);
  std::vector<TimePoint> last_syn;
  std::vector<TimePoint> first_connect;
  for (const auto& [target, times] : rig.network.sent_at) {
    if (target < 2000) last_syn.push_back(times.back());
  }
  for (const auto& [target, times] : rig.connector.started_at) first_connect.push_back(times[0]);
  std::ranges::sort(last_syn);
  std::ranges::sort(first_connect);
  ASSERT_EQ(first_connect.size(), 2000u);
  EXPECT_GE(first_connect[51] - last_syn[51], 1s);
}

// FreeBSD sends at most 200 RSTs a second. A host that is probed faster stays silent, though it is
// up.
TEST(JudgedSweep, CallsNoHostMissingThatRationsItsResets) {
  const std::vector<std::uint32_t> dead = {7, 1200, 2999};
  for (const auto& [evenly, ration] : {std::pair(true, SimNetwork::Ration{1, 5ms}),
                                       std::pair(false, SimNetwork::Ration{200, 1s})}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "evenly: " << evenly << ", seed " << seed);
      JudgedSweep rig(3000, {fakes::canary(0, CanaryKind::kUp)}, seed, 254,
                      inventory::Expect::kBound);
      rig.network.keeps_record = false;
      rig.network.ration = ration;
      rig.options.limited_patience = 120s;
      std::fill_n(rig.network.hosts.begin(), 3000, Host::kClosed);
      for (const std::uint32_t target : dead) rig.network.hosts[target] = Host::kSilent;
      const Verdicts verdicts = run(rig, 250s);
      EXPECT_THAT(dead, IsSupersetOf(verdicts.missing));
      EXPECT_GT(rig.sweep->limited().size(), 0u);
      // All twelve groups share one ration, so each meets an empty one now and then.
      EXPECT_LE(verdicts.unknown.size(), 30u);
    }
  }
}

TEST(JudgedSweep, NamesTheUnusedAddressThatAnswers) {
  Fleet rig({fakes::canary(0, CanaryKind::kUp), fakes::canary(1, CanaryKind::kUnused),
             fakes::canary(2, CanaryKind::kUnused)});
  rig.network.hosts[kTargets + 2] = Host::kSilent;
  EXPECT_THAT(run(rig).missing, ElementsAreArray(kDead));
  EXPECT_THAT(rig.sweep->path().canaries().lying_canaries(), ElementsAre(ScanIndex{kTargets + 1}));
}

TEST(JudgedSweep, KeepsWhatTheFirstWhoIsHeardSays) {
  JudgedSweep rig(3);
  std::ranges::fill(rig.network.hosts, Host::kUnreachable);
  rig.start();
  rig.run_until(2s);
  rig.dark = {{2s, kEver}};  // so that no connect repeats it
  EXPECT_TRUE(rig.run_to_end(30s));
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  for (const auto& state : result.states) {
    EXPECT_EQ(*verdict::EvidenceTexts(state).begin(), "syn:unreachable");
  }
}

TEST(JudgedSweep, AsksNobodyThroughACanaryWithoutAWay) {
  Fleet rig({fakes::canary(0, CanaryKind::kUp)});
  std::vector<std::uint16_t> hops(kTargets + 1, 0);
  hops.back() = send::RoutePlan::kNoHop;
  rig.routes = send::RoutePlan({send::NextHop{}}, hops, {});
  EXPECT_THAT(run(rig).missing, ElementsAreArray(kDead));
  EXPECT_FALSE(rig.network.sent_at.contains(kTargets));
  EXPECT_THAT(rig.sweep->path().canaries().lost(), ElementsAre(ScanIndex{kTargets}));
}

TEST(JudgedSweep, LeavesMostOfALowRateToTheFleet) {
  JudgedSweep rig(200, {fakes::canary(0, CanaryKind::kUp)}, 1, 10);
  rig.network.hosts[7] = Host::kSilent;
  rig.options.rate = {10};
  EXPECT_THAT(run(rig, 40s).missing, ElementsAre(7u)) << "200 targets at 10 a second";
}

TEST(JudgedSweep, CallsSilenceUnknownWhereThePathLosesTooMuch) {
  Fleet rig;
  rig.network.loss = 0.2;
  const Verdicts verdicts = run(rig);
  EXPECT_TRUE(rig.sweep->too_lossy());
  EXPECT_NEAR(rig.sweep->loss(), 0.36, 0.03);
  EXPECT_THAT(verdicts.missing, IsEmpty());
  EXPECT_THAT(verdicts.unknown, IsSupersetOf(kDead));
}

TEST(JudgedSweep, AsksMoreOfConnectsTheMoreThePathLoses) {
  const struct {
    double loss;
    std::size_t rounds;  // at least
  } kCases[] = {{0, 2}, {0.05, 2}, {0.1, 3}, {0.14, 4}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.loss);
    Fleet rig;
    rig.network.loss = c.loss;
    const Verdicts verdicts = run(rig);
    for (const std::uint32_t missing : verdicts.missing) {
      EXPECT_EQ(rig.network.hosts[missing], Host::kSilent) << missing;
      EXPECT_GE(rig.connector.started_at[missing].size(), c.rounds) << missing;
    }
    EXPECT_FALSE(rig.sweep->too_lossy());
    EXPECT_NEAR(rig.sweep->loss(), 1 - (1 - c.loss) * (1 - c.loss), 0.03);
  }
}

TEST(JudgedSweep, TakesABlackoutForNoLossOfThePath) {
  Fleet rig;
  rig.dark = {{1500ms, 4500ms}};
  run(rig);
  EXPECT_LT(rig.sweep->loss(), 0.01);
}

TEST(JudgedSweep, NamesTheDeadByConnectsWhereAFilterDropsItsSyns) {
  for (const bool first_syns : {false, true}) {
    JudgedSweep rig(60);
    rig.network.hosts[7] = Host::kSilent;
    (first_syns ? rig.network.drops_first_syns : rig.network.drops_probes) = true;
    rig.start();
    ASSERT_TRUE(rig.run_to_end(60s));
    EXPECT_THAT(verdicts_of(rig.table, rig.sweep->finish(rig.clock.now())).missing, ElementsAre(7u))
        << first_syns;
  }
}

// A server of 27 that lets 26 new connections through at once, and then 2 a second: its first
// answers arrive while this host loses them, and then it is as silent as a dead one.
struct SpentUnheard : JudgedSweep {
  explicit SpentUnheard(Host host) : JudgedSweep(27 * 8, {}, 1, 27) {
    network.syn_limits[3] = {2, 26};
    const inventory::Group& group = table.groups()[3];
    for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
      network.hosts[row] = host;
    }
  }
};

TEST(JudgedSweep, BlamesNoServerThatMayHaveSpentItsLimitOnAnswersLostHere) {
  for (const Host host : {Host::kOpen, Host::kSilent}) {  // which of the two cannot be told
    SpentUnheard rig(host);
    rig.ring_full = {{0s, 200ms}};
    rig.start();
    ASSERT_TRUE(rig.run_to_end(60s));
    EXPECT_THAT(rig.sweep->spent_unheard(), ElementsAre(GroupIndex{3}));
    const Verdicts verdicts = verdicts_of(rig.table, rig.sweep->finish(rig.clock.now()));
    EXPECT_THAT(verdicts.missing, IsEmpty());
    EXPECT_THAT(verdicts.unknown, SizeIs(27));
  }
}

TEST(JudgedSweep, NamesADeadServerThatWasSilentBeforeWeLostAnything) {
  SpentUnheard rig(Host::kSilent);
  rig.ring_full = {{900ms, 1400ms}};
  rig.options.waits.first = rig.options.waits.later = 300ms;
  const Verdicts verdicts = run(rig);
  EXPECT_THAT(verdicts.missing, SizeIs(27));
  EXPECT_THAT(verdicts.unknown, IsEmpty());
}

TEST(JudgedSweep, WithoutRechecksAsksAgainWhereOurOwnSideLostSomething) {
  Fleet rig;
  rig.options.policy.recheck_rounds = 0;
  rig.ring_full = {{1s, 1400ms}, {2s, 2300ms}};
  const Verdicts verdicts = run(rig);
  EXPECT_THAT(verdicts.missing, ElementsAreArray(kDead));
  EXPECT_THAT(verdicts.unknown, IsEmpty());
  expect_ladders_in_order(rig);
}

TEST(JudgedSweep, WithoutRechecksIsSilentOnlyAfterTheJudgement) {
  JudgedSweep rig(10);
  rig.network.hosts[4] = Host::kSilent;
  rig.options.policy = {.attempts = 1, .recheck_rounds = 0};
  rig.start();
  rig.run_until(100ms);
  ASSERT_EQ(rig.sweep->progress().settled, 9u);
  rig.capture_stands = {{100ms, 900ms}};
  rig.run_until(900ms);
  EXPECT_EQ(rig.sweep->progress().settled, 9u) << "the answer might still wait to be read";
  EXPECT_TRUE(rig.run_to_end(5s));
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  EXPECT_EQ(verdict_of(state_of(rig.table, result.states, {4})), TargetVerdict::kSilent);
}

TEST(JudgedSweep, WithoutRechecksABlackoutLeavesUnknownAndNobodyMissing) {
  for (const Windows& dark : {Windows{{0s, 3s}}, Windows{{1500ms, 4500ms}}, Windows{{2s, kEver}}}) {
    Fleet rig;
    rig.options.policy.recheck_rounds = 0;
    rig.dark = dark;
    for (const std::uint32_t missing : run(rig, 40s).missing) {
      EXPECT_EQ(rig.network.hosts[missing], Host::kSilent) << missing;
    }
    expect_ladders_in_order(rig);
  }
}

TEST(JudgedSweep, EndsPromptlyWhenItIsInterruptedWhateverItIsDoing) {
  const struct {
    const char* description;
    void (*trouble)(JudgedSweep&);
    Duration at;
  } kCases[] = {
      {"asking", [](JudgedSweep&) {}, 2s},
      {"connecting", [](JudgedSweep&) {}, 5500ms},
      {"blind", [](JudgedSweep& r) { r.dark = {{1s, kEver}}; }, 4s},
      {"dropping", [](JudgedSweep& r) { r.dropping = {{1s, kEver}}; }, 4s},
      {"deaf from the start", [](JudgedSweep& r) { r.dark = {{0s, kEver}}; }, 1s},
      {"pausing", [](JudgedSweep& r) { r.dark = {{0s, kEver}}; }, 2500ms},
      {"asking slowly", [](JudgedSweep& r) { r.dark = {{0s, kEver}}; }, 4s},
      {"capture stands", [](JudgedSweep& r) { r.capture_stands = {{1s, kEver}}; }, 4s},
  };
  for (const auto& c : kCases) {
    for (const std::uint8_t rounds : kRoundsOfConnects) {
      SCOPED_TRACE(std::string(c.description) + ", rounds " + std::to_string(rounds));
      Fleet rig;
      rig.options.policy.recheck_rounds = rounds;
      c.trouble(rig);
      rig.start();
      rig.run_until(c.at);
      rig.sweep->interrupt();
      EXPECT_TRUE(rig.run_to_end(c.at + 1s));
      for (const std::uint32_t missing :
           verdicts_of(rig.table, rig.sweep->finish(rig.clock.now())).missing) {
        EXPECT_EQ(rig.network.hosts[missing], Host::kSilent) << missing;
      }
    }
  }
}

TEST(JudgedSweep, WithoutRechecksAnInterruptMakesNoVerdictOfWhatIsNotJudgedYet) {
  Fleet rig;
  rig.options.policy = {.attempts = 1, .recheck_rounds = 0};
  rig.dark = {{1s, kEver}};
  rig.start();
  rig.run_until(1200ms);
  rig.sweep->interrupt();
  EXPECT_TRUE(rig.run_to_end(2s));
  EXPECT_THAT(kDead,
              IsSupersetOf(verdicts_of(rig.table, rig.sweep->finish(rig.clock.now())).missing));
}

TEST(JudgedSweep, NeverBuildsOnWhatWasSilentBeforeAnybodyWasHeard) {
  // The dark lasts for whole connects; the path that comes back loses one answer in five, so that
  // one more connect proves little. (trials_wanted() allows 1e-4 false ones a sweep: 0.02 in all.)
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    for (const Duration dark : {3500ms, 4600ms, 6000ms, 7500ms}) {
      JudgedSweep rig(40, {}, seed);
      rig.dark = {{0s, dark}};
      rig.network.loss = 0.1;
      EXPECT_THAT(run(rig).missing, IsEmpty()) << "seed " << seed << ", dark " << dark / 1ms;
    }
  }
}

}  // namespace
}  // namespace rollcall::sweep
