#include "scheduler/watch/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/base/random.h"
#include "tests/fakes/small_table.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kStart{1000s};

std::vector<std::uint32_t> rows(const DueTargets& due) {
  std::vector<std::uint32_t> rows;
  for (const TargetIndex target : due.targets) rows.push_back(target.value);
  return rows;
}

// Rows 0 and 1: web 80 and 443; row 2: db 5432; row 3: db 80.
inventory::TargetTable small_table() {
  return fakes::table_of({{"198.18.0.1", 80, "web"},
                          {"198.18.0.1", 443, "web"},
                          {"198.18.1.1", 5432, "db"},
                          {"198.18.1.2", 80, "db"}});
}

TEST(Schedule, BeginsWithEverythingAndThenKeepsToItsInterval) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  EXPECT_EQ(schedule.next(), kStart);
  const DueTargets first = schedule.begin(kStart);
  EXPECT_THAT(rows(first), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(first.interval, 15min);
  schedule.end();
  EXPECT_THAT(schedule.begin(kStart + 15min - 1ns).targets, IsEmpty());
  EXPECT_EQ(schedule.next(), kStart + 15min);
  EXPECT_THAT(schedule.begin(kStart + 15min).targets, SizeIs(4));
  EXPECT_EQ(schedule.missed(), 0u);
}

TEST(Schedule, AsksWhatSomebodyWantsToKnowAsSoonAsItCan) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  schedule.begin(kStart);
  schedule.schedule_rechecks({{{0}, kStart + 20s}});
  const std::vector<TargetIndex> wanted{{3}, {2}, {3}};
  schedule.request_now(wanted, kStart + 1s);
  schedule.request_now(std::vector<TargetIndex>{{1}}, kStart + 2s);
  EXPECT_EQ(schedule.next(), kStart + 1s);
  EXPECT_THAT(schedule.begin(kStart + 2s).targets, IsEmpty()) << "a sweep is under way";
  schedule.end();
  const DueTargets due = schedule.begin(kStart + 3s);
  EXPECT_THAT(rows(due), ElementsAre(1, 2, 3));
  EXPECT_EQ(due.interval, 15min);
  schedule.end();
  EXPECT_EQ(schedule.next(), kStart + 20s) << "what was to be asked again still is";
}

TEST(Schedule, ObeysTheMostParticularRule) {
  const Intervals intervals{.fleet = 10min,
                            .rules = {{.port = Port{80}, .interval = 1min},
                                      {.group = "db", .interval = 30s},
                                      {.group = "db", .port = Port{80}, .interval = 5s},
                                      {.group = "db", .port = Port{80}, .interval = 7s},
                                      {.group = "gone", .interval = 6s}}};
  Schedule schedule(small_table(), intervals, kStart);
  std::map<std::uint32_t, int> turns;
  for (TimePoint now = kStart; now < kStart + 10min; now += 1s) {
    for (const std::uint32_t row : rows(schedule.begin(now))) ++turns[row];
    schedule.end();
  }
  EXPECT_NEAR(turns[0], 10, 1) << "web 80: every minute";
  EXPECT_NEAR(turns[1], 1, 1) << "web 443: as the fleet";
  EXPECT_NEAR(turns[2], 20, 1) << "db: every 30 s";
  EXPECT_NEAR(turns[3], 120, 1) << "db 80: every 5 s, the first of equals";
}

TEST(Schedule, SpreadsLotsThatWouldMeet) {
  const Intervals intervals{.fleet = 2min, .rules = {{.group = "db", .interval = 1min}}};
  Schedule schedule(small_table(), intervals, kStart);
  schedule.begin(kStart);
  schedule.end();
  for (TimePoint now = kStart + 1s; now < kStart + 1h; now += 1s) {
    const DueTargets due = schedule.begin(now);
    schedule.end();
    EXPECT_LE(due.targets.size(), 2u) << "both lots at once";
  }
}

TEST(Schedule, NeverOverlapsASweepAndCountsWhatItMissed) {
  Schedule schedule(small_table(), {.fleet = 5s}, kStart);
  EXPECT_THAT(schedule.begin(kStart).targets, SizeIs(4));
  EXPECT_THAT(schedule.begin(kStart + 6s).targets, IsEmpty()) << "the sweep still runs";
  schedule.end();
  EXPECT_THAT(schedule.begin(kStart + 17s).targets, SizeIs(4));
  EXPECT_EQ(schedule.missed(), 2u) << "of 5, 10 and 15 s one is made good";
  schedule.end();
  EXPECT_THAT(schedule.begin(kStart + 18s).targets, IsEmpty()) << "nothing was queued";
  EXPECT_EQ(schedule.next(), kStart + 20s) << "on the grid as ever";
}

TEST(Schedule, AsksAgainBesideTheTurns) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  schedule.begin(kStart);
  schedule.end();
  schedule.schedule_rechecks({{{3}, kStart + 15s}, {{1}, kStart + 15s}, {{3}, kStart + 16s}});
  EXPECT_EQ(schedule.next(), kStart + 15s);
  EXPECT_THAT(schedule.begin(kStart + 14s).targets, IsEmpty());
  const DueTargets again = schedule.begin(kStart + 15s);
  EXPECT_THAT(rows(again), ElementsAre(1, 3));
  EXPECT_EQ(again.interval, 15min) << "of theirs, not of the moment";
  schedule.end();
  EXPECT_EQ(schedule.next(), kStart + 15min) << "once";
  schedule.schedule_rechecks({{{2}, kStart + 15min}});
  EXPECT_THAT(rows(schedule.begin(kStart + 15min)), ElementsAre(0, 1, 2, 3)) << "each once";
}

// A group with an interval of 5 s schedules the same rechecks again after each of its sweeps. That
// must not postpone a recheck.
TEST(Schedule, PutsNoQuestionOffForTheSweepsOfOtherLots) {
  const Intervals intervals{.fleet = 15min, .rules = {{.group = "db", .interval = 5s}}};
  Schedule schedule(small_table(), intervals, kStart);
  for (const TimePoint begins : {kStart, kStart + 3s}) {  // web starts its own grid
    schedule.begin(begins);
    schedule.end();
  }
  bool asked = false;
  schedule.schedule_rechecks({{{0}, kStart + 15s}});
  for (TimePoint now = kStart + 5s; now <= kStart + 20s && !asked; now += 5s) {
    const DueTargets due = schedule.begin(now);
    asked = std::ranges::binary_search(rows(due), 0u);
    EXPECT_EQ(asked, now == kStart + 15s);
    schedule.end();
    schedule.schedule_rechecks({{{0}, now + 15s}});
  }
  EXPECT_TRUE(asked);
  EXPECT_THAT(rows(schedule.begin(kStart + 30s)), ElementsAre(0, 2, 3)) << "and then anew";
  schedule.end();
  schedule.schedule_rechecks({});
  EXPECT_THAT(rows(schedule.begin(kStart + 50s)), ElementsAre(2, 3)) << "nobody asks any more";
}

TEST(Schedule, AsksEachQuestionAtItsTime) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  schedule.begin(kStart);
  schedule.end();
  schedule.schedule_rechecks({{{1}, kStart + 3min}, {{2}, kStart + 15s}});
  EXPECT_THAT(rows(schedule.begin(kStart + 15s)), ElementsAre(2));
  schedule.end();
  EXPECT_EQ(schedule.next(), kStart + 3min);
  EXPECT_THAT(rows(schedule.begin(kStart + 3min)), ElementsAre(1));
}

// Else a request for one group would end the pause of a whole fleet after a failed sweep.
TEST(Schedule, DoesNotAskSoonerWhatWaitsBesideWhatIsWantedNow) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  const DueTargets failed = schedule.begin(kStart);
  schedule.end();
  schedule.request_now(failed.targets, kStart + 30s);
  schedule.request_now(std::vector<TargetIndex>{{3}}, kStart + 1s);
  EXPECT_THAT(rows(schedule.begin(kStart + 1s)), ElementsAre(3));
  schedule.end();
  EXPECT_THAT(rows(schedule.begin(kStart + 30s)), ElementsAre(0, 1, 2)) << "3 was asked";
  schedule.end();
  schedule.request_now(failed.targets, kStart + 15min + 1s);
  EXPECT_THAT(schedule.begin(kStart + 15min).targets, SizeIs(4));
  schedule.end();
  EXPECT_EQ(schedule.next(), kStart + 30min) << "asked by their turn";
}

TEST(Schedule, WaitsWithWhatFailed) {
  Schedule schedule(small_table(), {.fleet = 15min}, kStart);
  const DueTargets failed = schedule.begin(kStart);
  schedule.end();
  schedule.request_now(failed.targets, kStart + 30s);
  EXPECT_EQ(schedule.next(), kStart + 30s);
  EXPECT_THAT(schedule.begin(kStart + 29s).targets, IsEmpty());
  EXPECT_THAT(schedule.begin(kStart + 30s).targets, SizeIs(4));
}

TEST(Schedule, OfAnotherTableGoesOnWithTheGridOfTheFirst) {
  const auto table = small_table();
  Schedule former(table, {.fleet = 15min}, kStart);
  former.begin(kStart);
  former.end();
  Schedule schedule(table, {.fleet = 15min}, former, table, kStart + 10min);
  EXPECT_THAT(schedule.begin(kStart + 10min).targets, IsEmpty());
  EXPECT_EQ(schedule.next(), kStart + 15min);
  EXPECT_THAT(schedule.begin(kStart + 15min).targets, SizeIs(4));
  EXPECT_EQ(schedule.missed(), 0u);
}

TEST(Schedule, OfAnotherTableForgetsNeitherQuestionsNorATurnThatIsDue) {
  const auto table = small_table();
  Schedule former(table, {.fleet = 15min}, kStart);
  former.begin(kStart);
  former.end();
  former.schedule_rechecks({{{1}, kStart + 15s}, {{2}, kStart + 15s}});
  former.request_now(std::vector<TargetIndex>{{3}}, kStart + 20s);
  // db's rows are the first two of this one, and one of them is gone.
  const auto smaller = fakes::table_of(
      {{"198.18.1.2", 80, "db"}, {"198.18.0.1", 80, "web"}, {"198.18.0.1", 443, "web"}});
  const auto row_of = [&](const char* address, std::uint16_t port) {
    return smaller.find(*Address::parse(address), Port{port})->value;
  };
  Schedule schedule(smaller, {.fleet = 15min}, former, table, kStart + 1s);
  EXPECT_THAT(rows(schedule.begin(kStart + 15s)), ElementsAre(row_of("198.18.0.1", 443)));
  schedule.end();
  EXPECT_THAT(rows(schedule.begin(kStart + 20s)), ElementsAre(row_of("198.18.1.2", 80)));
  schedule.end();

  Schedule third(smaller, {.fleet = 15min}, schedule, smaller, kStart + 16min);
  EXPECT_EQ(third.next(), kStart + 15min) << "due, and not yet begun";
}

TEST(Schedule, AsksEveryTargetOnTimeWhateverTheRules) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto table = fakes::consecutive_table(200, 1 + random.below(20));
    Intervals intervals{.fleet = 1s * (5 + random.below(60))};
    for (std::uint32_t i = random.below(6); i > 0; --i) {
      intervals.rules.push_back({.group = "g" + std::to_string(random.below(10)),
                                 .interval = 1s * (5 + random.below(60))});
    }
    Schedule schedule(table, intervals, kStart);
    std::vector<TimePoint> asked(table.size(), kStart);
    for (TimePoint now = kStart; now < kStart + 5min; now = std::max(now, schedule.next())) {
      const DueTargets due = schedule.begin(now);
      ASSERT_THAT(due.targets, testing::Not(IsEmpty()));
      for (const TargetIndex target : due.targets) asked[target.value] = now;
      schedule.end();
      for (const TimePoint last : asked) ASSERT_LE(now - last, 65s);
    }
  }
}

TEST(PartOfATable, HoldsTheRowsThatWereAskedForInTheirGroups) {
  const auto whole = small_table();
  const std::vector<TargetIndex> targets{{1}, {2}, {3}};
  const auto part = part_of(whole, targets, {}, 7);
  ASSERT_EQ(part.size(), 3u);
  ASSERT_THAT(part.groups(), SizeIs(2));
  EXPECT_EQ(part.groups()[0].name, "web");
  EXPECT_EQ(part.groups()[0].targets, 1u);
  EXPECT_EQ(part.groups()[1].first, 1u);
  EXPECT_EQ(part.groups()[1].addresses, 2u);
  for (const TargetIndex target : targets) {
    const auto found = part.find(whole[target].address, whole[target].port);
    ASSERT_TRUE(found);
    EXPECT_EQ(part.group(part[*found].group).name, whole.group(whole[target].group).name);
    EXPECT_EQ(part[*found].index, *found);
    EXPECT_EQ(part.at(part.place_of(*found)).address, whole[target].address);
  }
  EXPECT_EQ(part_of(whole, std::vector<TargetIndex>{{3}}, {}, 7).groups()[0].name, "db");
}

TEST(PartOfATable, AsksWitnessesBesideItsTargetsWithoutJudgingThem) {
  const auto whole = small_table();
  const std::vector<TargetIndex> witnesses{{0}, {3}};
  const auto part = part_of(whole, std::vector<TargetIndex>{{3}}, witnesses, 7);
  EXPECT_EQ(part.size(), 1u);
  ASSERT_THAT(part.canaries(), SizeIs(2));
  for (const inventory::Canary& canary : part.canaries()) {
    EXPECT_EQ(canary.kind, inventory::CanaryKind::kCandidate);
  }
  EXPECT_EQ(part[part.canaries()[0].target].address, whole[{0}].address);
  EXPECT_EQ(part.canaries()[1].target, TargetIndex{0}) << "the one that is a target shares its row";
}

}  // namespace
}  // namespace rollcall::watch
