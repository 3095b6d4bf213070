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
  timetable.ask_again({{{0}, kStart + 20s}});
  const std::vector<TargetIndex> wanted{{3}, {2}, {3}};
  timetable.ask_too(wanted, kStart + 1s);
  timetable.ask_too(std::vector<TargetIndex>{{1}}, kStart + 2s);
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
  timetable.ask_again({{{3}, kStart + 15s}, {{1}, kStart + 15s}, {{3}, kStart + 16s}});
  EXPECT_EQ(timetable.next(), kStart + 15s);
  EXPECT_THAT(timetable.begin(kStart + 14s).targets, IsEmpty());
  const Turn again = timetable.begin(kStart + 15s);
  EXPECT_THAT(rows(again), ElementsAre(1, 3));
  EXPECT_EQ(again.interval, 15min) << "of theirs, not of the moment";
  timetable.end();
  EXPECT_EQ(timetable.next(), kStart + 15min) << "once";
  timetable.ask_again({{{2}, kStart + 15min}});
  EXPECT_THAT(rows(timetable.begin(kStart + 15min)), ElementsAre(0, 1, 2, 3)) << "each once";
}

// Whoever sweeps one group every few seconds asks for the same questions again after each.
TEST(Timetable, PutsNoQuestionOffForTheSweepsOfOtherLots) {
  const Intervals intervals{.fleet = 15min, .rules = {{.group = "db", .interval = 5s}}};
  Timetable timetable(small_table(), intervals, kStart);
  for (const TimePoint begins : {kStart, kStart + 3s}) {  // the lot of web begins its own grid
    timetable.begin(begins);
    timetable.end();
  }
  bool asked = false;
  timetable.ask_again({{{0}, kStart + 15s}});
  for (TimePoint now = kStart + 5s; now <= kStart + 20s && !asked; now += 5s) {
    const Turn turn = timetable.begin(now);
    asked = std::ranges::binary_search(rows(turn), 0u);
    EXPECT_EQ(asked, now == kStart + 15s);
    timetable.end();
    timetable.ask_again({{{0}, now + 15s}});
  }
  EXPECT_TRUE(asked);
  EXPECT_THAT(rows(timetable.begin(kStart + 30s)), ElementsAre(0, 2, 3)) << "and then anew";
  timetable.end();
  timetable.ask_again({});
  EXPECT_THAT(rows(timetable.begin(kStart + 50s)), ElementsAre(2, 3)) << "nobody asks any more";
}

TEST(Timetable, AsksEachQuestionAtItsTime) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  timetable.begin(kStart);
  timetable.end();
  timetable.ask_again({{{1}, kStart + 3min}, {{2}, kStart + 15s}});
  EXPECT_THAT(rows(timetable.begin(kStart + 15s)), ElementsAre(2));
  timetable.end();
  EXPECT_EQ(timetable.next(), kStart + 3min);
  EXPECT_THAT(rows(timetable.begin(kStart + 3min)), ElementsAre(1));
}

// Else one group that somebody is curious about would end the pause of a whole fleet.
TEST(Timetable, DoesNotAskSoonerWhatWaitsBesideWhatIsWantedNow) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  const Turn failed = timetable.begin(kStart);
  timetable.end();
  timetable.ask_too(failed.targets, kStart + 30s);
  timetable.ask_too(std::vector<TargetIndex>{{3}}, kStart + 1s);
  EXPECT_THAT(rows(timetable.begin(kStart + 1s)), ElementsAre(3));
  timetable.end();
  EXPECT_THAT(rows(timetable.begin(kStart + 30s)), ElementsAre(0, 1, 2)) << "3 was asked";
  timetable.end();
  timetable.ask_too(failed.targets, kStart + 15min + 1s);
  EXPECT_THAT(timetable.begin(kStart + 15min).targets, SizeIs(4));
  timetable.end();
  EXPECT_EQ(timetable.next(), kStart + 30min) << "asked by their turn";
}

TEST(Timetable, WaitsWithWhatFailed) {
  Timetable timetable(small_table(), {.fleet = 15min}, kStart);
  const Turn failed = timetable.begin(kStart);
  timetable.end();
  timetable.ask_too(failed.targets, kStart + 30s);
  EXPECT_EQ(timetable.next(), kStart + 30s);
  EXPECT_THAT(timetable.begin(kStart + 29s).targets, IsEmpty());
  EXPECT_THAT(timetable.begin(kStart + 30s).targets, SizeIs(4));
}

TEST(Timetable, OfAnotherTableGoesOnWithTheGridOfTheFirst) {
  const auto table = small_table();
  Timetable former(table, {.fleet = 15min}, kStart);
  former.begin(kStart);
  former.end();
  Timetable timetable(table, {.fleet = 15min}, former, table, kStart + 10min);
  EXPECT_THAT(timetable.begin(kStart + 10min).targets, IsEmpty());
  EXPECT_EQ(timetable.next(), kStart + 15min);
  EXPECT_THAT(timetable.begin(kStart + 15min).targets, SizeIs(4));
  EXPECT_EQ(timetable.missed(), 0u);
}

TEST(Timetable, OfAnotherTableForgetsNeitherQuestionsNorATurnThatIsDue) {
  const auto table = small_table();
  Timetable former(table, {.fleet = 15min}, kStart);
  former.begin(kStart);
  former.end();
  former.ask_again({{{1}, kStart + 15s}, {{2}, kStart + 15s}});
  former.ask_too(std::vector<TargetIndex>{{3}}, kStart + 20s);
  // db's rows are the first two of this one, and one of them is gone.
  const auto smaller = fakes::table_of(
      {{"198.18.1.2", 80, "db"}, {"198.18.0.1", 80, "web"}, {"198.18.0.1", 443, "web"}});
  const auto row_of = [&](const char* address, std::uint16_t port) {
    return smaller.find(*Address::parse(address), Port{port})->value;
  };
  Timetable timetable(smaller, {.fleet = 15min}, former, table, kStart + 1s);
  EXPECT_THAT(rows(timetable.begin(kStart + 15s)), ElementsAre(row_of("198.18.0.1", 443)));
  timetable.end();
  EXPECT_THAT(rows(timetable.begin(kStart + 20s)), ElementsAre(row_of("198.18.1.2", 80)));
  timetable.end();

  Timetable third(smaller, {.fleet = 15min}, timetable, smaller, kStart + 16min);
  EXPECT_EQ(third.next(), kStart + 15min) << "due, and not yet begun";
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
