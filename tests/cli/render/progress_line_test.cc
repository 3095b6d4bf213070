#include "cli/render/progress_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/render/waiting_line.h"
#include "tests/fakes/small_table.h"

namespace rollcall::cli {
namespace {

TEST(ProgressText, TellsRateShareAnsweringAndTheTimeLeft) {
  const sweep::Progress progress{.probes_sent = 40000,
                                 .targets = 131072,
                                 .asked = 40000,
                                 .settled = 32768,
                                 .answering = 32760};
  EXPECT_EQ(progress_text(progress, 50000, {.planned = {50000}}),
            "50.0k/s  25.0% of 131.1k done  32.8k answer  about 3 s left");
}

TEST(ProgressText, TellsWhatItWaitsForOnceEverybodyWasAsked) {
  sweep::Progress progress{
      .probes_sent = 1003, .targets = 1000, .asked = 1000, .settled = 997, .answering = 997};
  EXPECT_EQ(progress_text(progress, 3, {.planned = {50000}}),
            "3/s  99.7% of 1000 done  997 answer  asking 3 again");
  progress.rechecking = 3;
  EXPECT_EQ(progress_text(progress, 0, {.planned = {50000}}),
            "0/s  99.7% of 1000 done  997 answer  confirming 3 by connect");
}

TEST(ProgressText, ShowsNoRateAboveTheLimit) {
  const sweep::Progress progress{.targets = 1000, .asked = 1000, .settled = 999, .answering = 999};
  const Pace pace{.planned = {1000}, .limit = {1000}};
  EXPECT_THAT(progress_text(progress, 1640, pace), testing::StartsWith("1000/s  "))
      << "a batch more in a tenth of a second is 640/s more";
  EXPECT_THAT(progress_text(progress, 640, pace), testing::StartsWith("640/s  "));
}

TEST(ProgressText, SaysThatTheGroupRateSetsTheLength) {
  const sweep::Progress progress{.targets = 16382, .asked = 382, .settled = 380, .answering = 380};
  EXPECT_EQ(progress_text(progress, 500, {.planned = {500}, .is_slowed_by_group_rate = true}),
            "500/s  2.3% of 16.4k done  380 answer  about 33 s left, limited by --group-rate");
}

TEST(ProgressText, FitsALineForAFleetOfMillions) {
  const sweep::Progress progress{.probes_sent = 9999999,
                                 .targets = 9999999,
                                 .asked = 1,
                                 .settled = 9999999,
                                 .answering = 9999999};
  EXPECT_LE(progress_text(progress, 999999, {.planned = {1000}}).size(), 79u);
}

TEST(WaitingText, NamesEachGroupAndWhatItMisses) {
  const auto table = fakes::consecutive_table(508);
  sweep::SweepResult result;
  EXPECT_EQ(waiting_text(table, result), "all 508 addresses answer");
  EXPECT_EQ(waiting_text(fakes::consecutive_table(1), result), "the one address answers");
  verdict::GroupReport report{.group = {1}, .verdict = verdict::GroupVerdict::kPartial};
  report.expected = 254;
  report.answering = 252;
  report.missing = 2;
  report.missing_ranges = {{Address::from_v4(0xc61201fe), Address::from_v4(0xc61201ff)}};
  result.groups_not_up = {report};
  EXPECT_EQ(waiting_text(table, result),
            "g1: 252 of 254 answer, missing 198.18.1.254-198.18.1.255");
  result.conclusive = false;
  result.inconclusive_reasons = {"the gateway was lost"};
  EXPECT_EQ(waiting_text(table, result), "cannot tell: the gateway was lost");
}

}  // namespace
}  // namespace rollcall::cli
