#include "scheduler/sweep/round_trip.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

RoundTrip of(Duration rtt, int samples) {
  RoundTrip round_trip;
  for (int i = 0; i < samples; ++i) round_trip.add(rtt);
  return round_trip;
}

TEST(RoundTrip, WaitsTheMostUntilEnoughAnswersWereSeen) {
  EXPECT_EQ(of(1ms, 0).patience(100ms, 400ms), 400ms);
  EXPECT_EQ(of(1ms, 31).patience(100ms, 400ms), 400ms);
  EXPECT_LT(of(1ms, 32).patience(100ms, 400ms), 400ms);
}

TEST(RoundTrip, NeverWaitsLessThanTheLeastOrMoreThanTheMost) {
  EXPECT_EQ(of(1ms, 100).patience(100ms, 400ms), 100ms);
  EXPECT_EQ(of(350ms, 100).patience(100ms, 400ms), 400ms);
}

TEST(RoundTrip, WaitsTwiceASteadyRoundTrip) {
  const Duration patience = of(90ms, 200).patience(100ms, 400ms);
  EXPECT_GE(patience, 180ms);
  EXPECT_LE(patience, 190ms) << "no variation is left";
}

TEST(RoundTrip, IsLongEnoughForNearlyAllAnswersOfAnUnsteadyPath) {
  RoundTrip round_trip;
  Random random(1);
  const auto draw = [&random] { return 20ms + std::chrono::microseconds(random.below(80000)); };
  for (int i = 0; i < 1000; ++i) round_trip.add(draw());
  const Duration patience = round_trip.patience(1ms, 1s);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(draw(), patience);
}

TEST(RoundTrip, FollowsAPathThatGetsSlower) {
  RoundTrip round_trip = of(10ms, 100);
  for (int i = 0; i < 50; ++i) round_trip.add(150ms);
  EXPECT_GT(round_trip.patience(1ms, 1s), 150ms);
}

}  // namespace
}  // namespace rollcall::sweep
