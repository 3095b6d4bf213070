#include "cli/bench/loop_bench.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::bench {
namespace {

// A path that carries `capacity` a second and loses what is above it; a sender that stops at `top`.
struct Path {
  double capacity;
  double top;

  LoopStep ask(PacketRate rate) const {
    LoopStep step{.asked_pps = rate.per_second, .seconds = 1};
    step.sent_pps = std::min(rate.per_second, top);
    step.probes = step.expected = static_cast<std::uint64_t>(step.sent_pps);
    step.verified = static_cast<std::uint64_t>(std::min(step.sent_pps, capacity));
    return step;
  }
};

LoopFigures figures_of(const Path& path) {
  return measure_loop(
             {.low = {10000}, .high = {1e6}},
             [&](PacketRate rate) -> Result<LoopStep> { return path.ask(rate); },
             [] { return false; })
      .value();
}

TEST(MeasureLoop, FindsTheRateAboveWhichAnswersGetLost) {
  const LoopFigures figures = figures_of({.capacity = 250000, .top = 1e9});
  EXPECT_LE(figures.loss_free_pps, 250000);
  EXPECT_GE(figures.loss_free_pps, 250000 / 1.1);
  EXPECT_EQ(figures.reached_pps, 250000);
  EXPECT_GT(figures.steps.back().asked_pps, 0);
}

TEST(MeasureLoop, ASenderThatCannotKeepUpLosesNothingAndIsTheKnee) {
  const LoopFigures figures = figures_of({.capacity = 1e9, .top = 123456});
  EXPECT_EQ(figures.loss_free_pps, 123456);
  for (const LoopStep& step : figures.steps) EXPECT_EQ(step.lost(), 0u);
  EXPECT_LT(figures.steps.size(), 20u);
}

TEST(MeasureLoop, GoesOnWhereABusyMachineFallsShortButStillGrows) {
  const auto busy = [](PacketRate rate) -> Result<LoopStep> {
    LoopStep step = Path{.capacity = 1e9, .top = 90000}.ask(rate);
    step.sent_pps *= 0.8;
    return step;
  };
  const auto figures = measure_loop({.low = {10000}, .high = {1e6}}, busy, [] { return false; });
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->loss_free_pps, 0.8 * 90000);
}

TEST(MeasureLoop, SaysThatNoRateWasWithoutLoss) {
  EXPECT_EQ(figures_of({.capacity = 10, .top = 1e9}).loss_free_pps, 0);
}

TEST(MeasureLoop, EndsWithTheErrorOfAStepOrWhenInterrupted) {
  const auto failing = [](PacketRate) -> Result<LoopStep> {
    return fail(ErrorCode::kPath, "the cable is out");
  };
  const auto failed = measure_loop({.low = {1}, .high = {2}}, failing, [] { return false; });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().context, "the cable is out");
  const auto stopped = measure_loop({.low = {1}, .high = {2}}, failing, [] { return true; });
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->steps.empty());
}

TEST(LoopStep, MoreAnswersThanExpectedAreNoLoss) {
  const LoopStep step{.verified = 5, .expected = 3, .seconds = 2};
  EXPECT_EQ(step.lost(), 0u);
  EXPECT_DOUBLE_EQ(step.verified_pps(), 2.5);
}

}  // namespace
}  // namespace rollcall::bench
