#include "engine/send/pacer.h"

#include <gtest/gtest.h>

#include "engine/send/packet_sink.h"

namespace rollcall::send {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1000s};

// Sends all that is granted until `end`, waking exactly when told.
std::uint64_t run(Pacer& pacer, TimePoint from, TimePoint end) {
  std::uint64_t sent = 0;
  TimePoint now = from;
  while (now < end) {
    const auto [count, next_wake] = pacer.allowance(now);
    if (count == 0) {
      EXPECT_GT(next_wake, now);
      now = next_wake;
      continue;
    }
    pacer.spend(count);
    sent += count;
  }
  return sent;
}

TEST(Pacer, KeepsTheRateOverTime) {
  for (const double rate : {1.0, 10.0, 999.0, 20000.0, 350000.0, 5e6}) {
    Pacer pacer({rate}, kStart);
    const double sent = static_cast<double>(run(pacer, kStart, kStart + 10s));
    EXPECT_LE(sent, rate * 10 + 1) << rate;
    EXPECT_GE(sent, rate * 10 * 0.999 - 64) << rate;
  }
}

TEST(Pacer, ForgivesTheDeficitAfterAStall) {
  Pacer pacer({100000}, kStart);
  run(pacer, kStart, kStart + 1s);
  const auto after_stall = pacer.allowance(kStart + 61s);
  EXPECT_LE(after_stall.count, 200u) << "two milliseconds at most, not a minute";
}

TEST(Pacer, GrantsNothingTwice) {
  Pacer pacer({1000}, kStart);
  const auto first = pacer.allowance(kStart + 2ms);
  EXPECT_EQ(first.count, 2u);
  pacer.spend(first.count);
  EXPECT_EQ(pacer.allowance(kStart + 2ms).count, 0u);
}

TEST(Pacer, KeepsWhatWasNotSpent) {
  Pacer pacer({1000}, kStart);
  EXPECT_EQ(pacer.allowance(kStart + 2ms).count, 2u);
  pacer.spend(1);
  EXPECT_EQ(pacer.allowance(kStart + 2ms).count, 1u);
}

TEST(Pacer, ShrugsOffAClockThatStandsStill) {
  Pacer pacer({10}, kStart);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pacer.allowance(kStart).count, 0u);
}

TEST(Pacer, WakesForBatchesAtHighRates) {
  Pacer pacer({300000}, kStart);
  const auto [count, next_wake] = pacer.allowance(kStart);
  EXPECT_EQ(count, 0u);
  EXPECT_GE(pacer.allowance(next_wake).count, kBatchMax);
}

TEST(Pacer, TakesANewRateAtOnce) {
  Pacer pacer({100}, kStart);
  run(pacer, kStart, kStart + 1s);
  pacer.set_rate({10000});
  EXPECT_NEAR(static_cast<double>(run(pacer, kStart + 1s, kStart + 2s)), 10000, 64);
}

}  // namespace
}  // namespace rollcall::send
