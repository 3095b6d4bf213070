#include "cli/watch/sight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/fakes/small_table.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using verdict::Fate;

const TimePoint kStart{1000s};
const watch::Intervals kIntervals{.fleet = 15min, .rules = {{.group = "fast", .interval = 5s}}};
using Rows = std::vector<std::uint32_t>;
const Rows kAll{0, 1, 2, 3};
const Rows kFast{0, 1};
const Rows kSlow{2, 3};

inventory::TargetTable table_of_four() {
  return fakes::table_of({{"198.18.0.1", 80, "fast"},
                          {"198.18.0.2", 80, "fast"},
                          {"198.18.1.1", 80, "slow"},
                          {"198.18.1.2", 80, "slow"}});
}

class ASight : public ::testing::Test {
 protected:
  ASight() { sight_.begin(timetable_, table_); }

  // A sweep of these rows; `states` are by row of the whole table, none: all open.
  std::vector<TargetIndex> sweep(const Rows& rows, TimePoint end, bool sound = true,
                                 std::vector<verdict::TargetState> states = {},
                                 Duration duration = 0s) {
    std::vector<TargetIndex> asked;
    for (const std::uint32_t row : rows) asked.push_back({row});
    const auto part = watch::part_of(table_, asked, {}, 1);
    sweep::SweepResult result;
    result.sound = sound;
    result.duration = duration;
    result.ways_lost = ways_lost_;
    result.inconclusive_reasons = {"why"};
    result.states.resize(part.size());
    for (std::uint32_t place = 0; place < part.size(); ++place) {
      const TargetIndex own = part.at({place}).index;
      result.states[place] = states.empty() ? open_ : states[rows[own.value]];
    }
    return sight_.judged(asked, part, result, end);
  }

  const inventory::TargetTable table_ = table_of_four();
  const watch::Timetable timetable_{table_, kIntervals, kStart};
  Sight sight_;
  bool ways_lost_ = false;
  const verdict::TargetState open_ = verdict::settle_as(Fate::kOpens, inventory::Expect::kOpen);
  const verdict::TargetState unknown_ = [] {
    verdict::TargetState asked;
    verdict::begin_attempt(asked);
    return asked;
  }();
  const verdict::TargetState no_way_{};
};

TEST_F(ASight, KnowsNothingAtFirst) {
  EXPECT_LT(sight_.ready_until(), kStart);
  EXPECT_THAT(sweep(kAll, kStart), IsEmpty());
  EXPECT_EQ(sight_.ready_until(), kStart + 10s);
  EXPECT_EQ(sight_.blindness(), "");
}

// However often and well a group of its own is asked, it does not vouch for the fleet.
TEST_F(ASight, IsThatOfTheTargetThatIsKnownLeast) {
  sweep(kAll, kStart);
  EXPECT_THAT(sweep(kSlow, kStart + 15min, false), ElementsAre(TargetIndex{2}, TargetIndex{3}));
  sweep(kFast, kStart + 29min);
  EXPECT_EQ(sight_.blindness(), "the last sweep was inconclusive: why");
  EXPECT_EQ(sight_.ready_until(), kStart + 29min + 10s) << "two intervals are not over";
  sweep(kFast, kStart + 31min);
  EXPECT_EQ(sight_.ready_until(), kStart + 30min);

  sweep({2}, kStart + 32min);
  EXPECT_NE(sight_.blindness(), "") << "the other half";
  sweep({3}, kStart + 33min);
  EXPECT_EQ(sight_.blindness(), "");
}

TEST_F(ASight, IsLostByAFailedSweepUntilItsTargetsAreJudged) {
  sweep(kAll, kStart);
  sight_.failed(std::vector<TargetIndex>{{3}}, "no route");
  EXPECT_EQ(sight_.blindness(), "the last sweep failed: no route");
  sweep(kFast, kStart + 1s);
  EXPECT_EQ(sight_.blindness(), "the last sweep failed: no route");
  sweep({3}, kStart + 2s);
  EXPECT_EQ(sight_.blindness(), "");
}

TEST_F(ASight, IsNotLostByWhatNoRouteLeadsTo) {
  EXPECT_THAT(sweep(kAll, kStart, true, {open_, open_, no_way_, open_}), IsEmpty());
  EXPECT_EQ(sight_.blindness(), "");
  EXPECT_EQ(sight_.ready_until(), kStart + 10s);
  EXPECT_THAT(sweep(kAll, kStart, true, {open_, unknown_, no_way_, open_}),
              ElementsAre(TargetIndex{1}))
      << "to be asked again";
  EXPECT_NE(sight_.blindness(), "");
}

TEST_F(ASight, IsLostByAGatewayThatIsDown) {
  sweep(kAll, kStart);
  ways_lost_ = true;
  EXPECT_THAT(sweep(kAll, kStart + 1s, true, {open_, open_, no_way_, no_way_}),
              ElementsAre(TargetIndex{2}, TargetIndex{3}));
  EXPECT_NE(sight_.blindness(), "");
}

// While the slow ones were asked nobody could be.
TEST_F(ASight, AllowsForTheTimeOfASweep) {
  sweep(kAll, kStart);
  sweep(kSlow, kStart + 60s, true, {}, 55s);
  EXPECT_EQ(sight_.ready_until(), kStart + 10s + 55s);
}

TEST_F(ASight, GivesWhatAnotherInventoryBroughtItsTime) {
  sweep(kAll, kStart);
  const auto more = fakes::table_of(
      {{"198.18.0.1", 80, "fast"}, {"198.18.0.3", 80, "fast"}, {"198.18.1.1", 80, "slow"}});
  const watch::Timetable next(more, kIntervals, timetable_, table_, kStart + 3s);
  sight_.failed(std::vector<TargetIndex>{{1}}, "no route");  // it leaves
  sight_.adopt(next, more, table_, kStart + 3s);
  EXPECT_EQ(sight_.blindness(), "");
  EXPECT_EQ(sight_.ready_until(), kStart + 10s);
}

}  // namespace
}  // namespace rollcall::cli
