#include "scheduler/sweep/rate_control.h"

#include <gtest/gtest.h>

#include "scheduler/sweep/path/witnesses.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

constexpr PacketRate kStart{20000};
constexpr PacketRate kCeiling{1'000'000};

std::uint64_t probes_in_a_slice(double per_second) {
  return static_cast<std::uint64_t>(per_second / 4);
}

// A slice sent at `sent` a second, of whose targets `later_share` answered at a later attempt only.
RateSlice slice_at(double sent, double later_share = 0, bool lost = false) {
  const std::uint64_t probes = probes_in_a_slice(sent);
  const auto later = static_cast<std::uint64_t>(static_cast<double>(probes) * later_share);
  return {.length = kSlice,
          .sent = probes,
          .first_answers = probes - later,
          .later_answers = later,
          .lost = lost};
}

// Everything above `capacity` is lost, and answered at a later attempt.
double share_lost(double rate, double capacity) {
  return rate <= capacity ? 0 : (rate - capacity) / rate;
}

TEST(RateControl, ClimbsWhileNothingIsLostUpToTheCeiling) {
  RateControl control(kStart, {100000});
  for (int i = 0; i < 20; ++i) control.add(slice_at(control.rate().per_second));
  EXPECT_EQ(control.rate().per_second, 100000);
  EXPECT_FALSE(control.knee());
}

TEST(RateControl, NeverStartsAboveTheCeiling) {
  EXPECT_EQ(RateControl(kStart, {5000}).rate().per_second, 5000);
}

TEST(RateControl, DoesNotClimbOnARateThatTheSenderDoesNotReach) {
  RateControl control(kStart, kCeiling);
  for (int i = 0; i < 20; ++i) control.add(slice_at(16000));
  EXPECT_EQ(control.rate(), kStart);
}

TEST(RateControl, BacksOffAtOnceWhenThisHostLosesSomething) {
  RateControl control({100000}, kCeiling);
  control.add(slice_at(100000, 0, true));
  EXPECT_LT(control.rate().per_second, 75000);
  ASSERT_TRUE(control.knee());
  EXPECT_EQ(control.knee()->per_second, 100000);
}

TEST(RateControl, DoesNotPunishTwiceWhatWasSentBeforeTheBackOff) {
  RateControl control({100000}, kCeiling);
  const PacketRate after = control.add(slice_at(100000, 0, true));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(control.add(slice_at(100000, 0, true)), after);
}

TEST(RateControl, NeverFallsBelowHalfOfTheStart) {
  RateControl control(kStart, kCeiling);
  for (int i = 0; i < 200; ++i) control.add(slice_at(control.rate().per_second, 0.5, true));
  EXPECT_EQ(control.rate().per_second, 10000);
}

TEST(RateControl, TakesThePathsOwnLossForNoReasonToGoSlower) {
  for (const double loss : {0.02, 0.1, 0.2}) {
    RateControl control(kStart, {200000});
    for (int i = 0; i < 40; ++i) control.add(slice_at(control.rate().per_second, loss));
    EXPECT_EQ(control.rate().per_second, 200000) << "path loss " << loss;
  }
}

TEST(RateControl, TakesFewAnswersForNoProof) {
  RateControl control(kStart, kCeiling);
  for (int i = 0; i < 5; ++i) {
    control.add({.length = kSlice,
                 .sent = probes_in_a_slice(20000),
                 .first_answers = 9,
                 .later_answers = 9});
  }
  EXPECT_FALSE(control.knee());
}

TEST(RateControl, SettlesAtFourFifthsOfWhatThePathTakesOrMore) {
  for (const double capacity : {60000.0, 150000.0, 400000.0}) {
    RateControl control(kStart, kCeiling);
    double sum = 0;
    constexpr int kWarm = 60;  // the first 15 s
    constexpr int kWatched = 100;
    for (int i = 0; i < kWarm + kWatched; ++i) {
      const double rate = control.rate().per_second;
      if (i >= kWarm) sum += rate;
      control.add(slice_at(rate, share_lost(rate, capacity)));
    }
    EXPECT_GE(sum / kWatched, 0.8 * capacity) << "capacity " << capacity;
    EXPECT_LE(sum / kWatched, 1.05 * capacity) << "capacity " << capacity;
  }
}

TEST(RateControl, FollowsAPathThatGetsWorse) {
  RateControl control(kStart, kCeiling);
  for (int i = 0; i < 60; ++i) {
    const double rate = control.rate().per_second;
    control.add(slice_at(rate, share_lost(rate, 400000)));
  }
  for (int i = 0; i < 60; ++i) {
    const double rate = control.rate().per_second;
    control.add(slice_at(rate, share_lost(rate, 60000)));
  }
  EXPECT_LE(control.rate().per_second, 1.1 * 60000);
}

}  // namespace
}  // namespace rollcall::sweep
