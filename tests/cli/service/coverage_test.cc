#include "cli/service/coverage.h"

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

class ACoverage : public ::testing::Test {
 protected:
  ACoverage() { coverage_.begin(schedule_, table_); }

  // A sweep of these rows; `states` are by row of the whole table, none: all open.
  std::vector<TargetIndex> sweep(const Rows& rows, TimePoint end, bool sound = true,
                                 std::vector<verdict::TargetProgress> states = {},
                                 Duration duration = 0s) {
    std::vector<TargetIndex> asked;
    for (const std::uint32_t row : rows) asked.push_back({row});
    const auto part = watch::part_of(table_, asked, {}, 1);
    sweep::SweepResult result;
    result.sound = sound;
    result.duration = duration;
    result.routes_lost = routes_lost_;
    result.inconclusive_reasons = {"why"};
    result.states.resize(part.size());
    for (std::uint32_t place = 0; place < part.size(); ++place) {
      const TargetIndex own = part.at({place}).index;
      result.states[place] = states.empty() ? open_ : states[rows[own.value]];
    }
    return coverage_.judged(asked, part, result, end);
  }

  const inventory::TargetTable table_ = table_of_four();
  const watch::Schedule schedule_{table_, kIntervals, kStart};
  Coverage coverage_;
  bool routes_lost_ = false;
  const verdict::TargetProgress open_ = verdict::settle_as(Fate::kOpens, inventory::Expect::kOpen);
  const verdict::TargetProgress unknown_ = [] {
    verdict::TargetProgress asked;
    verdict::begin_attempt(asked);
    return asked;
  }();
  const verdict::TargetProgress no_way_{};
};

TEST_F(ACoverage, KnowsNothingAtFirst) {
  EXPECT_LT(coverage_.ready_until(), kStart);
  EXPECT_THAT(sweep(kAll, kStart), IsEmpty());
  EXPECT_EQ(coverage_.ready_until(), kStart + 10s);
  EXPECT_EQ(coverage_.degraded_reason(), "");
}

// However often and well a group of its own is asked, it does not vouch for the fleet.
TEST_F(ACoverage, IsThatOfTheTargetThatIsKnownLeast) {
  sweep(kAll, kStart);
  EXPECT_THAT(sweep(kSlow, kStart + 15min, false), ElementsAre(TargetIndex{2}, TargetIndex{3}));
  sweep(kFast, kStart + 29min);
  EXPECT_EQ(coverage_.degraded_reason(), "the last sweep was inconclusive: why");
  EXPECT_EQ(coverage_.ready_until(), kStart + 29min + 10s) << "two intervals are not over";
  sweep(kFast, kStart + 31min);
  EXPECT_EQ(coverage_.ready_until(), kStart + 30min);

  sweep({2}, kStart + 32min);
  EXPECT_NE(coverage_.degraded_reason(), "") << "the other half";
  sweep({3}, kStart + 33min);
  EXPECT_EQ(coverage_.degraded_reason(), "");
}

TEST_F(ACoverage, IsLostByAFailedSweepUntilItsTargetsAreJudged) {
  sweep(kAll, kStart);
  coverage_.failed(std::vector<TargetIndex>{{3}}, "no route");
  EXPECT_EQ(coverage_.degraded_reason(), "the last sweep failed: no route");
  sweep(kFast, kStart + 1s);
  EXPECT_EQ(coverage_.degraded_reason(), "the last sweep failed: no route");
  sweep({3}, kStart + 2s);
  EXPECT_EQ(coverage_.degraded_reason(), "");
}

TEST_F(ACoverage, IsNotLostByWhatNoRouteLeadsTo) {
  EXPECT_THAT(sweep(kAll, kStart, true, {open_, open_, no_way_, open_}), IsEmpty());
  EXPECT_EQ(coverage_.degraded_reason(), "");
  EXPECT_EQ(coverage_.ready_until(), kStart + 10s);
  EXPECT_THAT(sweep(kAll, kStart, true, {open_, unknown_, no_way_, open_}),
              ElementsAre(TargetIndex{1}))
      << "to be asked again";
  EXPECT_NE(coverage_.degraded_reason(), "");
}

TEST_F(ACoverage, IsLostByAGatewayThatIsDown) {
  sweep(kAll, kStart);
  routes_lost_ = true;
  EXPECT_THAT(sweep(kAll, kStart + 1s, true, {open_, open_, no_way_, no_way_}),
              ElementsAre(TargetIndex{2}, TargetIndex{3}));
  EXPECT_NE(coverage_.degraded_reason(), "");
}

// While one sweep probes the slow targets for 55 s, no other sweep can run.
TEST_F(ACoverage, AllowsForTheTimeOfASweep) {
  sweep(kAll, kStart);
  sweep(kSlow, kStart + 60s, true, {}, 55s);
  EXPECT_EQ(coverage_.ready_until(), kStart + 10s + 55s);
}

TEST_F(ACoverage, GivesWhatAnotherInventoryBroughtItsTime) {
  sweep(kAll, kStart);
  const auto more = fakes::table_of(
      {{"198.18.0.1", 80, "fast"}, {"198.18.0.3", 80, "fast"}, {"198.18.1.1", 80, "slow"}});
  const watch::Schedule next(more, kIntervals, schedule_, table_, kStart + 3s);
  coverage_.failed(std::vector<TargetIndex>{{1}}, "no route");  // it leaves
  coverage_.adopt(next, more, table_, kStart + 3s);
  EXPECT_EQ(coverage_.degraded_reason(), "");
  EXPECT_EQ(coverage_.ready_until(), kStart + 10s);
}

}  // namespace
}  // namespace rollcall::cli
