#include "cli/service/snapshot/sweep_totals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::web {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using verdict::Evidence;

sweep::SweepResult result_with(std::vector<verdict::TargetProgress> states) {
  sweep::SweepResult result;
  result.duration = 1500ms;
  result.states = std::move(states);
  return result;
}

constexpr std::uint32_t nibbles(std::initializer_list<Evidence> evidence) {
  std::uint32_t bits = 0;
  int shift = 0;
  for (const Evidence one : evidence) {
    bits |= static_cast<std::uint32_t>(one) << shift;
    shift += 4;
  }
  return bits;
}

TEST(SweepTotals, CountsWhatEachSynAndEachConnectShowed) {
  verdict::TargetProgress silent;
  silent.syn_evidence = nibbles({Evidence::kTimeout, Evidence::kUnreachable, Evidence::kTimeout});
  silent.connect_evidence =
      static_cast<std::uint16_t>(nibbles({Evidence::kTimeout, Evidence::kNotSent}));
  verdict::TargetProgress open;
  open.syn_evidence = nibbles({Evidence::kBusy, Evidence::kOpen});
  open.rtt_us = 300;
  SweepTotals totals;
  totals.add(result_with({silent, open}));
  totals.add(result_with({open}));
  EXPECT_EQ(totals.syns_that_showed(Evidence::kTimeout), 2U);
  EXPECT_EQ(totals.syns_that_showed(Evidence::kUnreachable), 1U);
  EXPECT_EQ(totals.syns_that_showed(Evidence::kBusy), 2U);
  EXPECT_EQ(totals.syns_that_showed(Evidence::kOpen), 2U);
  EXPECT_EQ(totals.syns_that_showed(Evidence::kNone), 0U);
  EXPECT_EQ(totals.connects_that_showed(Evidence::kTimeout), 1U);
  EXPECT_EQ(totals.connects_that_showed(Evidence::kNotSent), 1U);
}

// A later attempt's answer may be known before that of the one before it.
TEST(SweepTotals, LooksBehindAnAttemptOfWhichNothingIsKnown) {
  verdict::TargetProgress state;
  state.syn_evidence = nibbles({Evidence::kNone, Evidence::kOpen});
  SweepTotals totals;
  totals.add(result_with({state}));
  EXPECT_EQ(totals.syns_that_showed(Evidence::kOpen), 1U);
}

TEST(SweepTotals, PutsARoundTripThatIsExactlyABoundIntoItsBucket) {
  std::vector<verdict::TargetProgress> states(5);
  states[0].rtt_us = 50;
  states[1].rtt_us = 51;
  states[2].rtt_us = 3'000'000;
  states[3].rtt_us = 3'000'001;
  states[4].rtt_us = verdict::kNoRtt;
  SweepTotals totals;
  totals.add(result_with(states));
  EXPECT_EQ(totals.rtts.counts[0], 1U);
  EXPECT_EQ(totals.rtts.counts[1], 1U);
  EXPECT_EQ(totals.rtts.counts[kRttBounds_us.size() - 1], 1U);
  EXPECT_EQ(totals.rtts.counts[kRttBounds_us.size()], 1U);
  EXPECT_DOUBLE_EQ(totals.rtts.sum_s, 6.000102);
}

TEST(SweepTotals, PutsADurationAHairOverABoundIntoTheNextBucket) {
  SweepTotals totals;
  auto result = result_with({});
  result.duration = 500ms;
  totals.add(result);
  result.duration = 500ms + 1ns;
  totals.add(result);
  EXPECT_EQ(totals.durations.counts[0], 1U);
  EXPECT_EQ(totals.durations.counts[1], 1U);
}

TEST(SweepTotals, AddsUpWhatOurOwnSideCounted) {
  sweep::SweepResult result;
  result.path = {.probes_sent = 10, .canary_probes = 2, .late = 3, .duplicate = 4};
  result.path.rejected_by.fill(5);
  result.path.send_errors = 6;
  result.path.ring_drops = 7;
  result.path.capture_drops = 8;
  result.path.kernel_drops = 9;
  result.path.slices = 11;
  result.path.unsound_slices = 1;
  SweepTotals totals;
  for (int i = 0; i < 2; ++i) totals.add(result);
  EXPECT_EQ(totals.probes_sent, 20U);
  EXPECT_EQ(totals.canary_probes, 4U);
  EXPECT_EQ(totals.late, 6U);
  EXPECT_EQ(totals.duplicate, 8U);
  EXPECT_THAT(totals.rejected, Each(10U));
  EXPECT_EQ(totals.send_errors, 12U);
  EXPECT_EQ(totals.ring_drops, 14U);
  EXPECT_EQ(totals.capture_drops, 16U);
  EXPECT_EQ(totals.kernel_drops, 18U);
  EXPECT_EQ(totals.slices, 22U);
  EXPECT_EQ(totals.unsound_slices, 2U);
}

TEST(SweepTotals, TellsSweepsThatConcludedFromThoseThatDidNotAndThoseThatNeverBegan) {
  SweepTotals totals;
  auto result = result_with({});
  totals.add(result);
  totals.add(result);
  result.conclusive = false;
  totals.add(result);
  totals.add_failed();
  EXPECT_EQ(totals.conclusive, 2U);
  EXPECT_EQ(totals.inconclusive, 1U);
  EXPECT_EQ(totals.failed, 1U);
}

}  // namespace
}  // namespace rollcall::web
