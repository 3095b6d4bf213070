// The rules of "Loss" in docs/when-silence-counts.md, one by one.
#include "scheduler/sweep/path/loss_meter.h"

#include <gtest/gtest.h>

namespace rollcall::sweep {
namespace {

constexpr int kTaintLasts = 8;  // slices, after the tainted one as well as before it

struct Answers {
  int first = 0;
  int second = 0;  // lost their first SYN
  int third = 0;   // lost their second too
};

void slice(LossMeter& meter, const Answers& answers, bool is_tainted = false) {
  for (int i = 0; i < answers.first; ++i) meter.first_answered();
  for (int i = 0; i < answers.second; ++i) meter.later_answered(1);
  for (int i = 0; i < answers.third; ++i) meter.later_answered(2);
  meter.end_slice(is_tainted);
}

TEST(LossMeter, AssumesTenPercentOfFewSamples) {
  LossMeter meter;
  EXPECT_EQ(meter.measured(), 0);
  EXPECT_DOUBLE_EQ(meter.assumed(), 0.1);
  slice(meter, {.first = 29});
  EXPECT_DOUBLE_EQ(meter.assumed(), 0.1);
  slice(meter, {.first = 31});
  EXPECT_DOUBLE_EQ(meter.assumed(), 0.05) << "3 of 60";
  EXPECT_TRUE(meter.is_known());
}

TEST(LossMeter, AssumesTwentyPercentOfFewSamplesAfterADarkTime) {
  LossMeter meter;
  slice(meter, {.first = 20}, true);
  EXPECT_DOUBLE_EQ(meter.assumed(), 0.2);
  EXPECT_FALSE(meter.is_known());
}

TEST(LossMeter, MeasuresTheShareThatLostItsFirstSyn) {
  LossMeter meter;
  slice(meter, {.first = 800, .second = 160, .third = 40});
  EXPECT_DOUBLE_EQ(meter.measured(), 0.2) << "200 of 1,000 and 40 of 160 lost one more";
}

TEST(LossMeter, AddsTwoStandardDeviationsAndThreeLostOnes) {
  LossMeter meter;
  slice(meter, {.first = 300});
  EXPECT_DOUBLE_EQ(meter.assumed(), 0.01) << "3 of 300";

  LossMeter lossy;
  slice(lossy, {.first = 800, .second = 160, .third = 40});
  EXPECT_NEAR(lossy.assumed(), 0.2 + 2 * 0.012649 + 0.003, 1e-4);
}

// Routers drop the first packet to an address that they have to look up, and not the second.
TEST(LossMeter, GoesBySecondSynsWhereFirstOnesAreLostForAnotherReason) {
  LossMeter meter;
  slice(meter, {.first = 0, .second = 990, .third = 10});
  EXPECT_NEAR(meter.measured(), 10.0 / 990, 1e-9);
}

TEST(LossMeter, AssumesTenPercentForSecondSynsThatAreFew) {
  LossMeter meter;
  slice(meter, {.first = 100, .second = 20});
  EXPECT_DOUBLE_EQ(meter.measured(), 0.1) << "not 20 of 120";
}

TEST(LossMeter, CountsNothingOfATaintedTime) {
  LossMeter meter;
  slice(meter, {.first = 100, .second = 400, .third = 200}, true);
  for (int i = 0; i < kTaintLasts - 1; ++i) {
    EXPECT_FALSE(meter.is_clean()) << i;
    slice(meter, {.first = 10, .second = 40, .third = 20});
  }
  EXPECT_TRUE(meter.is_clean());
  EXPECT_EQ(meter.samples(), 0u) << "late answers may be to questions of the tainted time";
  slice(meter, {.first = 50});
  EXPECT_EQ(meter.samples(), 50u);
}

TEST(LossMeter, CountsNoFirstAnswersWhoseLateOnesAreMissedByATaint) {
  LossMeter meter;
  slice(meter, {.first = 70});
  for (int i = 0; i < kTaintLasts; ++i) slice(meter, {.first = 1});
  EXPECT_EQ(meter.samples(), 70u + kTaintLasts);
  slice(meter, {}, true);
  EXPECT_EQ(meter.samples(), 70u) << "only those of slices before";
}

TEST(LossMeter, LetsControlsTellWhereHardlyATargetAnswersItsSyn) {
  LossMeter meter;
  slice(meter, {.first = 5});
  for (int i = 0; i < 40; ++i) meter.control_ended(i >= 10);
  EXPECT_EQ(meter.samples(), 40u);
  EXPECT_DOUBLE_EQ(meter.measured(), 0.25);
}

TEST(LossMeter, LetsTargetsTellWhereThirtyAnswer) {
  LossMeter meter;
  slice(meter, {.first = 300});
  for (int i = 0; i < 40; ++i) meter.control_ended(false);
  EXPECT_EQ(meter.measured(), 0);
}

TEST(LossMeter, TakesNoControlOfATaintedTime) {
  LossMeter meter;
  slice(meter, {}, true);
  for (int i = 0; i < 40; ++i) meter.control_ended(false);
  EXPECT_EQ(meter.samples(), 0u);
}

TEST(LossMeter, ForgetsTheLateAnswersOfAGroupThatRationsConnections) {
  LossMeter meter;
  slice(meter, {.first = 500, .second = 60, .third = 20});
  EXPECT_GT(meter.measured(), 0.1);
  meter.retract(60, 20);
  EXPECT_EQ(meter.samples(), 500u);
  EXPECT_EQ(meter.measured(), 0);
  meter.retract(5, 5);
  EXPECT_EQ(meter.samples(), 500u) << "never below none";
}

}  // namespace
}  // namespace rollcall::sweep
