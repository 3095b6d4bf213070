// Tests how many targets later sweeps probe in a group that a sweep found to limit new connections.

#include "scheduler/sweep/limited_memory.h"

#include <gmock/gmock.h>

#include "tests/fakes/judged_sweep.h"

namespace rollcall::sweep {
namespace {

using fakes::Host;
using fakes::JudgedSweep;
using testing::IsEmpty;

constexpr std::uint32_t kOfGroup = 20;
constexpr TimePoint kNow{1h};
constexpr Duration kBetween = 10s;
constexpr GroupTally kWhole{.askable = kOfGroup, .asked = kOfGroup, .answered = kOfGroup};

// Five groups of 20 targets, swept again and again.
struct LimitedMemoryTest : testing::Test {
  // The quota of group 0 now; nullopt: no limit.
  std::optional<GroupQuota> quota() {
    const auto quotas = memory.quotas(table, now);
    if (quotas.empty()) return std::nullopt;
    return quotas[0];
  }
  std::uint32_t targets() {
    const auto now_asked = quota();
    return now_asked ? now_asked->targets : GroupQuota::kAll;
  }
  void learn(GroupTally first, std::size_t groups = 1) {
    first.askable = kOfGroup;
    std::vector<GroupTally> tallies(5, kWhole);
    std::fill_n(tallies.begin(), groups, first);
    memory.learn(table, tallies, now);
    now += kBetween;
  }
  // A sweep that probes the group up to its quota; at most `most` of the probed targets answer.
  void answer(std::uint32_t most) {
    const std::uint32_t asked = std::min(targets(), kOfGroup);
    learn({.asked = asked, .answered = std::min(asked, most)});
  }

  inventory::TargetTable table = fakes::consecutive_table(5 * kOfGroup, kOfGroup);
  LimitedMemory memory;
  TimePoint now = kNow;
};

constexpr GroupTally kRationed{
    .asked = 20, .answered = 6, .unknown = 14, .limited = true, .fell_silent = true};

TEST_F(LimitedMemoryTest, KnowsNothingOfGroupsThatAnswer) {
  learn(kWhole);
  EXPECT_THAT(memory.quotas(table, now), IsEmpty());
}

TEST_F(LimitedMemoryTest, LetsAGroupRestThatFellSilentThenAsksAFew) {
  learn(kRationed);
  EXPECT_EQ(targets(), 0u);
  const TimePoint rested = kNow + 65s;
  for (; now < rested; learn({.asked = 0})) EXPECT_EQ(targets(), 0u);
  EXPECT_EQ(targets(), 3u);
  EXPECT_FALSE(quota()->waits);
}

TEST_F(LimitedMemoryTest, AsksMoreAndOthersFromSweepToSweepUntilItAnswersWhole) {
  learn(kRationed);
  now = kNow + 70s;
  for (const std::uint32_t wanted : {3u, 6u, 12u, 24u}) {
    EXPECT_EQ(targets(), wanted);
    answer(kOfGroup);
  }
  EXPECT_THAT(memory.quotas(table, now), IsEmpty()) << "whole, more than a minute later";
  EXPECT_GT(now, kNow + 60s);
}

TEST_F(LimitedMemoryTest, BeginsWhereTheLastSweepEnded) {
  learn(kRationed);
  now = kNow + 70s;
  for (const std::uint32_t first : {0u, 3u, 9u, 1u}) {
    EXPECT_EQ(quota()->first, first);
    answer(kOfGroup);
  }
}

TEST_F(LimitedMemoryTest, TakesTurnsAlsoWhileTheFewAreLimited) {
  learn(kRationed);
  now = kNow + 70s;
  learn({.asked = 3, .answered = 2, .unknown = 1, .limited = true});
  EXPECT_EQ(targets(), 3u);
  EXPECT_EQ(quota()->first, 3u);
}

TEST_F(LimitedMemoryTest, RestsAgainWhenTheFewWereTooMany) {
  learn(kRationed);
  now = kNow + 70s;
  learn({.asked = 3, .answered = 1, .unknown = 2, .limited = true, .fell_silent = true});
  EXPECT_EQ(targets(), 0u);
  now += 70s;
  EXPECT_EQ(targets(), 1u);
}

TEST_F(LimitedMemoryTest, JudgesAGroupAsUsualThatIsSilentAfterItsRest) {
  learn(kRationed);
  now = kNow + 70s;
  answer(0);
  EXPECT_THAT(memory.quotas(table, now), IsEmpty());
}

TEST_F(LimitedMemoryTest, GivesALimitThatHasNotRecoveredOneRestBeforeSilenceCounts) {
  learn({.asked = 20, .answered = 20, .limited = true});  // all were judged, slowly
  EXPECT_EQ(targets(), GroupQuota::kAll);
  EXPECT_TRUE(quota()->waits);
  learn({.asked = 20, .unknown = 20});
  EXPECT_EQ(targets(), 0u);
  now += 70s;
  EXPECT_EQ(targets(), 1u);
  EXPECT_FALSE(quota()->waits);
}

TEST_F(LimitedMemoryTest, AsksAGroupAsUsualThatGoesOnAnsweringHoweverSlowly) {
  learn({.asked = 20, .answered = 15, .unknown = 5, .limited = true});
  EXPECT_EQ(targets(), GroupQuota::kAll);
  EXPECT_TRUE(quota()->waits);
}

TEST_F(LimitedMemoryTest, TakesAPartOfAGroupForNoMoreThanThat) {
  learn(kRationed);
  now = kNow + 70s;
  const auto part = fakes::consecutive_table(1, 1);
  const std::vector<GroupTally> dead{{.askable = 1, .asked = 1}};
  memory.learn(part, dead, now);
  EXPECT_EQ(targets(), 3u);
  EXPECT_EQ(quota()->first, 0u);
}

TEST_F(LimitedMemoryTest, GoesOnBehindTargetsToWhichNoWayLeads) {
  learn(kRationed);
  now = kNow + 70s;
  learn({.asked = 0});
  EXPECT_EQ(quota()->first, 3u);
}

TEST_F(LimitedMemoryTest, ForgetsAGroupThatNobodyAskedForAnHour) {
  learn(kRationed);
  now += 2h;
  memory.learn(fakes::consecutive_table(1, 1), std::vector<GroupTally>(1), now);
  EXPECT_THAT(memory.quotas(table, now), IsEmpty());
}

TEST_F(LimitedMemoryTest, KeepsItsCountWhereNothingWasHeardAfterTheRest) {
  learn(kRationed);
  now = kNow + 70s;
  learn({.asked = 3, .unknown = 3});  // this host was deaf
  EXPECT_EQ(targets(), 3u);
}

TEST_F(LimitedMemoryTest, TakesGroupsThatFellSilentTogetherForDead) {
  for (int i = 0; i < 8; ++i) learn(kWhole);
  learn(kRationed, 3);
  EXPECT_THAT(memory.quotas(table, now), IsEmpty());
}

TEST_F(LimitedMemoryTest, CountsAmongThemThoseThatAreSilentAsAWhole) {
  for (int i = 0; i < 8; ++i) learn(kWhole);
  std::vector<GroupTally> tallies(5, kWhole);
  tallies[0] = kRationed;
  tallies[1] = tallies[2] = {.askable = kOfGroup, .asked = kOfGroup};
  memory.learn(table, tallies, now);
  EXPECT_THAT(memory.quotas(table, now), IsEmpty());
}

TEST_F(LimitedMemoryTest, LetsOneOrTwoGroupsThatFellSilentRest) {
  for (int i = 0; i < 8; ++i) learn(kWhole);
  learn(kRationed, 2);
  EXPECT_EQ(targets(), 0u);
}

// The same firewall before each of them, or none of them known for long.
TEST_F(LimitedMemoryTest, LetsManyGroupsRestThatWereLimitedBefore) {
  for (int i = 0; i < 8; ++i) learn(kWhole);
  learn({.asked = 20, .answered = 15, .unknown = 5, .limited = true}, 5);
  for (int i = 0; i < 3; ++i) learn(kWhole);
  learn(kRationed, 5);
  EXPECT_EQ(targets(), 0u);
}

TEST_F(LimitedMemoryTest, ForgetsAGroupNeitherInAnotherTableNorWithNoTargets) {
  learn(kRationed);
  const auto other = fakes::consecutive_table(2 * kOfGroup, kOfGroup);
  memory.learn(other, std::vector<GroupTally>(2), now);
  EXPECT_EQ(memory.quotas(other, now)[0].targets, 0u);
}

TEST(QuotaOfASweep, AsksNoMoreOfAGroupAndNamesNobodyElse) {
  JudgedSweep rig(5 * kOfGroup, {}, 1, kOfGroup);
  rig.options.quotas = {{.first = 18, .targets = 4}, {.targets = 0}, {}, {}, {}};
  for (const std::uint32_t dead : {5u, 18u, 25u, 45u}) rig.network.hosts[dead] = Host::kSilent;
  rig.start();
  ASSERT_TRUE(rig.run_to_end(60s));
  EXPECT_EQ(rig.sweep->held_back(), 16u + 20u);
  const auto tallies = rig.sweep->tallies();
  EXPECT_EQ(tallies[0].asked, 4u);
  EXPECT_EQ(tallies[1].asked, 0u);
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  std::vector<std::uint32_t> missing;
  std::vector<std::uint32_t> answering;
  for (std::uint32_t row = 0; row < rig.table.size(); ++row) {
    const auto verdict = verdict_of(state_of(rig.table, result.states, {row}));
    if (verdict == verdict::TargetVerdict::kSilent) missing.push_back(row);
    if (row < 2 * kOfGroup && verdict == verdict::TargetVerdict::kOpen) answering.push_back(row);
  }
  EXPECT_THAT(missing, testing::ElementsAre(18u, 45u));
  EXPECT_THAT(answering, testing::ElementsAre(0u, 1u, 19u));
}

TEST(QuotaOfASweep, ARackThatDiesInMidSweepIsNotTakenForLimited) {
  JudgedSweep rig(40 * kOfGroup, {}, 1, kOfGroup);
  rig.start();
  rig.run_until(40ms);  // a part of each group has answered
  for (std::uint32_t row = 0; row < 4 * kOfGroup; ++row) rig.network.hosts[row] = Host::kSilent;
  ASSERT_TRUE(rig.run_to_end(60s));
  const auto tallies = rig.sweep->tallies();
  for (std::size_t group = 0; group < 4; ++group) {
    EXPECT_GT(tallies[group].answered, 0u);
    EXPECT_TRUE(tallies[group].fell_silent) << "group " << group;
  }
  LimitedMemory memory;
  const std::vector<GroupTally> before(tallies.size(), kWhole);
  memory.learn(rig.table, before, rig.clock.now() - 5min);
  memory.learn(rig.table, tallies, rig.clock.now());
  EXPECT_THAT(memory.quotas(rig.table, rig.clock.now()), IsEmpty());
}

}  // namespace
}  // namespace rollcall::sweep
