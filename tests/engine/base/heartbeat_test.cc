#include "engine/base/heartbeat.h"

#include <gtest/gtest.h>

#include <thread>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{100s};

TEST(Heartbeat, KnowsTheLongestTimeBetweenTwoBeatsAndForgetsWhatWasTaken) {
  Heartbeat heart;
  heart.beat(kStart);
  heart.beat(kStart + 5ms);
  heart.beat(kStart + 305ms);
  heart.beat(kStart + 310ms);
  EXPECT_EQ(heart.take_longest_gap(), 300ms);
  EXPECT_EQ(heart.take_longest_gap(), 0ms);
  heart.beat(kStart + 330ms);
  EXPECT_EQ(heart.take_longest_gap(), 20ms);
}

TEST(Heartbeat, TakesTheTimeBeforeTheFirstBeatForNoGap) {
  Heartbeat heart;
  EXPECT_EQ(heart.last(), TimePoint{});
  heart.beat(kStart);
  EXPECT_EQ(heart.last(), kStart);
  EXPECT_EQ(heart.take_longest_gap(), 0ms);
}

TEST(Heartbeat, LosesNoGapWhileAnotherThreadTakesThem) {
  constexpr int kBeats = 100000;
  constexpr int kLongAt = kBeats / 2;
  Heartbeat heart;
  Duration longest{};
  {
    const std::jthread living([&heart] {
      TimePoint now = kStart;
      for (int i = 0; i < kBeats; ++i) heart.beat(now += i == kLongAt ? 1s : 1ms);
    });
    const TimePoint end = kStart + (kBeats - 1) * 1ms + 1s;
    while (heart.last() < end) longest = std::max(longest, heart.take_longest_gap());
  }
  EXPECT_EQ(std::max(longest, heart.take_longest_gap()), 1s);
}

}  // namespace
}  // namespace rollcall
