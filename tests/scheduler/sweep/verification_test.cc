#include "scheduler/sweep/verification.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_table.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;
using verdict::Event;
using verdict::TargetProgress;

const TimePoint kStart{1000s};

// A sweep in which the targets of `silent` did not answer.
SweepResult sweep_of(const inventory::TargetTable& table,
                     const std::vector<std::uint32_t>& silent) {
  const verdict::Policy hasty{.attempts = 1, .recheck_rounds = 0};
  SweepResult result;
  for (const inventory::Target& target : table.in_scan_order()) {
    TargetProgress state;
    const bool answers = std::ranges::find(silent, target.index.value) == silent.end();
    verdict::fold(state, answers ? Event::kSynAck : Event::kTimeout, verdict::begin_attempt(state),
                  inventory::Expect::kOpen, hasty);
    result.states.push_back(state);
  }
  result.groups_not_up = verdict::judge_groups(table, result.states);
  return result;
}

TEST(Verification, PassesAfterSoManyGoodSweepsInARow) {
  const auto table = fakes::consecutive_table(4);
  Verification memory(table, 2, kStart);
  memory.add(sweep_of(table, {}), kStart + 1s);
  EXPECT_FALSE(memory.passed());
  EXPECT_EQ(memory.all_answered_after(), 1s);
  memory.add(sweep_of(table, {}), kStart + 2s);
  EXPECT_TRUE(memory.passed());
  EXPECT_EQ(memory.all_answered_after(), 1s) << "the first sweep of the run, not the last";
}

TEST(Verification, BeginsAgainAfterABadSweep) {
  const auto table = fakes::consecutive_table(4);
  Verification memory(table, 2, kStart);
  memory.add(sweep_of(table, {}), kStart + 1s);
  memory.add(sweep_of(table, {3}), kStart + 2s);
  EXPECT_EQ(memory.good_in_row(), 0u);
  EXPECT_FALSE(memory.all_answered_after());
  memory.add(sweep_of(table, {}), kStart + 3s);
  EXPECT_FALSE(memory.passed());
  EXPECT_EQ(memory.all_answered_after(), 3s);
}

TEST(Verification, BeginsAgainAfterASweepThatCouldNotBegin) {
  const auto table = fakes::consecutive_table(4);
  Verification memory(table, 2, kStart);
  memory.add(sweep_of(table, {}), kStart + 1s);
  memory.add_failure();
  EXPECT_EQ(memory.good_in_row(), 0u);
  EXPECT_FALSE(memory.all_answered_after());
  memory.add(sweep_of(table, {}), kStart + 3s);
  EXPECT_FALSE(memory.passed());
}

TEST(Verification, NeverTakesAnInconclusiveSweepForGood) {
  const auto table = fakes::consecutive_table(4);
  Verification memory(table, 1, kStart);
  SweepResult unsound = sweep_of(table, {});
  unsound.sound = unsound.conclusive = false;
  memory.add(unsound, kStart + 1s);
  EXPECT_FALSE(memory.passed());
}

TEST(Verification, SaysWhetherAnythingChangedAndWhoEverAnswered) {
  const auto table = fakes::consecutive_table(4);
  Verification memory(table, 2, kStart);
  EXPECT_TRUE(memory.add(sweep_of(table, {2, 3}), kStart)) << "the first sweep is news";
  EXPECT_FALSE(memory.add(sweep_of(table, {2, 3}), kStart));
  EXPECT_TRUE(memory.add(sweep_of(table, {3}), kStart));
  EXPECT_TRUE(memory.add(sweep_of(table, {1, 3}), kStart));
  EXPECT_TRUE(memory.ever_answered(table.place_of({1})));
  EXPECT_TRUE(memory.ever_answered(table.place_of({2})));
  EXPECT_FALSE(memory.ever_answered(table.place_of({3})));
  EXPECT_EQ(memory.sweeps(), 4u);
}

}  // namespace
}  // namespace rollcall::sweep
