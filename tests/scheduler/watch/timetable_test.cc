#include "scheduler/watch/timetable.h"

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

std::vector<std::uint32_t> rows(const Turn& turn) {
  std::vector<std::uint32_t> rows;
  for (const TargetIndex target : turn.targets) rows.push_back(target.value);
  return rows;
}

// Rows 0 and 1: web 80 and 443; row 2: db 5432; row 3: db 80.
inventory::TargetTable small_table() {
  return fakes::table_of({{"198.18.0.1", 80, "web"},
                          {"198.18.0.1", 443, "web"},
                          {"198.18.1.1", 5432, "db"},
                          {"198.18.1.2", 80, "db"}});
}

TEST(Timetable, BeginsWithEverythingAndThenKeepsToItsInterval) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  EXPECT_EQ(timetable.next(), kStart);
  const Turn first = timetable.begin(kStart);
  EXPECT_THAT(rows(first), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(first.interval, 15min);
  timetable.end();
  EXPECT_THAT(timetable.begin(kStart + 15min - 1ns).targets, IsEmpty());
  EXPECT_EQ(timetable.next(), kStart + 15min);
  EXPECT_THAT(timetable.begin(kStart + 15min).targets, SizeIs(4));
  EXPECT_EQ(timetable.missed(), 0u);
}

TEST(Timetable, AsksWhatSomebodyWantsToKnowAsSoonAsItCan) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  timetable.begin(kStart);
  timetable.ask_again(std::vector<TargetIndex>{{0}}, kStart + 20s);
  const std::vector<TargetIndex> wanted{{3}, {2}, {3}};
  timetable.ask_now(wanted, kStart + 1s);
  timetable.ask_now(std::vector<TargetIndex>{{1}}, kStart + 2s);
  EXPECT_EQ(timetable.next(), kStart + 1s);
  EXPECT_THAT(timetable.begin(kStart + 2s).targets, IsEmpty()) << "a sweep is under way";
  timetable.end();
  const Turn turn = timetable.begin(kStart + 3s);
  EXPECT_THAT(rows(turn), ElementsAre(1, 2, 3));
  EXPECT_EQ(turn.interval, 15min);
  timetable.end();
  EXPECT_EQ(timetable.next(), kStart + 20s) << "what was to be asked again still is";
}

TEST(Timetable, ObeysTheMostParticularRule) {
  const Intervals intervals{.fleet = 10min,
                            .rules = {{.port = Port{80}, .interval = 1min},
                                      {.group = "db", .interval = 30s},
                                      {.group = "db", .port = Port{80}, .interval = 5s},
                                      {.group = "db", .port = Port{80}, .interval = 7s},
                                      {.group = "gone", .interval = 6s}}};
  Timetable timetable(small_table(), intervals, kStart);
  std::map<std::uint32_t, int> turns;
  for (TimePoint now = kStart; now < kStart + 10min; now += 1s) {
    for (const std::uint32_t row : rows(timetable.begin(now))) ++turns[row];
    timetable.end();
  }
  EXPECT_NEAR(turns[0], 10, 1) << "web 80: every minute";
  EXPECT_NEAR(turns[1], 1, 1) << "web 443: as the fleet";
  EXPECT_NEAR(turns[2], 20, 1) << "db: every 30 s";
  EXPECT_NEAR(turns[3], 120, 1) << "db 80: every 5 s, the first of equals";
}

TEST(Timetable, SpreadsLotsThatWouldMeet) {
  const Intervals intervals{.fleet = 2min, .rules = {{.group = "db", .interval = 1min}}};
  Timetable timetable(small_table(), intervals, kStart);
  timetable.begin(kStart);
  timetable.end();
  for (TimePoint now = kStart + 1s; now < kStart + 1h; now += 1s) {
    const Turn turn = timetable.begin(now);
    timetable.end();
    EXPECT_LE(turn.targets.size(), 2u) << "both lots at once";
  }
}

TEST(Timetable, NeverOverlapsASweepAndCountsWhatItMissed) {
  Timetable timetable(small_table(), {.fleet = 5s}, kStart);
  EXPECT_THAT(timetable.begin(kStart).targets, SizeIs(4));
  EXPECT_THAT(timetable.begin(kStart + 6s).targets, IsEmpty()) << "the sweep still runs";
  timetable.end();
  EXPECT_THAT(timetable.begin(kStart + 17s).targets, SizeIs(4));
  EXPECT_EQ(timetable.missed(), 2u) << "of 5, 10 and 15 s one is made good";
  timetable.end();
  EXPECT_THAT(timetable.begin(kStart + 18s).targets, IsEmpty()) << "nothing was queued";
  EXPECT_EQ(timetable.next(), kStart + 20s) << "on the grid as ever";
}

TEST(Timetable, AsksAgainBesideTheTurns) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  timetable.begin(kStart);
  timetable.end();
  timetable.ask_again({{3}, {1}, {3}}, kStart + 15s);
  EXPECT_EQ(timetable.next(), kStart + 15s);
  EXPECT_THAT(timetable.begin(kStart + 14s).targets, IsEmpty());
  const Turn again = timetable.begin(kStart + 15s);
  EXPECT_THAT(rows(again), ElementsAre(1, 3));
  EXPECT_EQ(again.interval, 15min) << "of theirs, not of the moment";
  timetable.end();
  EXPECT_EQ(timetable.next(), kStart + 15min) << "once";
  timetable.ask_again({{2}}, kStart + 15min);
  EXPECT_THAT(rows(timetable.begin(kStart + 15min)), ElementsAre(0, 1, 2, 3)) << "each once";
}

TEST(Timetable, OfAnotherTableGoesOnWithTheGridOfTheFirst) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart, kStart + 20min);
  EXPECT_THAT(timetable.begin(kStart + 20min).targets, IsEmpty());
  EXPECT_EQ(timetable.next(), kStart + 30min);
  EXPECT_THAT(timetable.begin(kStart + 30min).targets, SizeIs(4));
  EXPECT_EQ(timetable.missed(), 0u);
}

TEST(Timetable, AsksEveryTargetOnTimeWhateverTheRules) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto table = fakes::consecutive_table(200, 1 + random.below(20));
    Intervals intervals{.fleet = 1s * (5 + random.below(60))};
    for (std::uint32_t i = random.below(6); i > 0; --i) {
      intervals.rules.push_back({.group = "g" + std::to_string(random.below(10)),
                                 .interval = 1s * (5 + random.below(60))});
    }
    Timetable timetable(table, intervals, kStart);
    std::vector<TimePoint> asked(table.size(), kStart);
    for (TimePoint now = kStart; now < kStart + 5min; now = std::max(now, timetable.next())) {
      const Turn turn = timetable.begin(now);
      ASSERT_THAT(turn.targets, testing::Not(IsEmpty()));
      for (const TargetIndex target : turn.targets) asked[target.value] = now;
      timetable.end();
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
