#include "engine/packet/port_schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/base/random.h"

namespace rollcall::packet {
namespace {

const PortSchedule kSchedule(CookieKey({3, 4}), kDefaultPortBase);

TEST(PortSchedule, StaysWithinItsRange) {
  Random random(5);
  for (int i = 0; i < 10000; ++i) {
    const Port port = kSchedule.self_port(
        random.below(kPortSpan),
        {{static_cast<std::uint32_t>(random())}, static_cast<Attempt>(random.below(kAttemptsMax))});
    ASSERT_TRUE(kSchedule.contains(port)) << port.value;
  }
  EXPECT_EQ(kSchedule.last().value, 65095);
}

TEST(PortSchedule, LetsATupleRestFor512Epochs) {
  std::set<Port> used;
  for (std::uint32_t epoch = 4000000000; epoch != 4000000000 + 512; ++epoch) {
    for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
      ASSERT_TRUE(used.insert(kSchedule.self_port(1, {{epoch}, attempt})).second);
    }
  }
  EXPECT_EQ(used.size(), kPortSpan);
  EXPECT_TRUE(used.contains(kSchedule.self_port(1, {{4000000000u + 512}, 0})));
}

TEST(PortSchedule, NamesTheProbeOfTheCurrentAndThePreviousEpoch) {
  for (const std::uint32_t now : {1u, 511u, 512u, 1763000000u, UINT32_MAX, 0u}) {
    for (std::uint32_t i = 0; i < kPortSpan; i += 13) {
      for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
        for (const Epoch epoch : {Epoch{now}, Epoch{now}.previous()}) {
          const Port port = kSchedule.self_port(i, {epoch, attempt});
          const auto probe = kSchedule.identify(i, port, {now});
          ASSERT_TRUE(probe);
          EXPECT_EQ(probe->epoch, epoch);
          EXPECT_EQ(probe->attempt, attempt);
        }
      }
    }
  }
}

TEST(PortSchedule, NamesEveryCanaryQuestionOfASweep) {
  for (const std::uint32_t now : {1u, 511u, 1763000000u, UINT32_MAX - 100}) {
    for (std::uint64_t second = 0; second < kCanaryEpochs; ++second) {
      const Epoch epoch = canary_epoch({now}, second);
      const Port port = kSchedule.self_port(5, {epoch, kCanaryAttempt});
      const auto probe = kSchedule.identify_canary(5, port, {now});
      ASSERT_TRUE(probe) << second;
      EXPECT_EQ(probe->epoch, epoch);
    }
    for (std::uint32_t later = kCanaryEpochs; later < 512; ++later) {
      const Port port = kSchedule.self_port(5, {{now + later}, kCanaryAttempt});
      EXPECT_FALSE(kSchedule.identify_canary(5, port, {now})) << later;
    }
    EXPECT_FALSE(kSchedule.identify_canary(5, kSchedule.self_port(5, {{now + 3}, 0}), {now}));
  }
}

// Sweeps of any length of whole seconds, one right after the other; the next begins behind the last
// epoch that was used.
TEST(PortSchedule, LetsEveryTupleOfACanaryRestFor128Seconds) {
  Random random(31);
  std::map<Port, std::uint64_t> asked_at;
  Epoch epoch{UINT32_MAX - 1000};
  std::uint64_t now = 0;
  for (int sweep = 0; sweep < 400; ++sweep) {
    const std::uint32_t seconds = 1 + random.below(random.below(4) == 0 ? 700 : 20);
    Epoch last = epoch;
    for (std::uint32_t second = 0; second < seconds; ++second, ++now) {
      const Epoch used = canary_epoch(epoch, second);
      if (used.value - epoch.value > last.value - epoch.value) last = used;
      const Port port = kSchedule.self_port(1, {used, kCanaryAttempt});
      const auto before = asked_at.find(port);
      if (before != asked_at.end()) {
        ASSERT_GE(now - before->second, 128u) << "sweep " << sweep << ", second " << second;
      }
      asked_at[port] = now;
    }
    epoch = {last.value + 1};
  }
}

TEST(PortSchedule, KnowsNothingOfOlderEpochs) {
  for (std::uint32_t age = 2; age < 512; ++age) {
    const Port port = kSchedule.self_port(9, {{10000 - age}, 0});
    EXPECT_FALSE(kSchedule.identify(9, port, {10000})) << age;
  }
}

TEST(PortSchedule, DiffersBetweenKeys) {
  std::set<Port> used;
  for (std::uint64_t key = 0; key < 64; ++key) {
    used.insert(PortSchedule(CookieKey({key, 4}), kDefaultPortBase).self_port(1, {{1}, 0}));
  }
  EXPECT_GT(used.size(), 60u);  // 64 of 4096 hardly meet
}

// A forger must guess the port too, besides the cookie. Any given port is live in few phases only.
TEST(PortSchedule, MakesAPortLiveForFewPhases) {
  for (std::uint32_t port = 61000; port <= kSchedule.last().value; port += 17) {
    int live = 0;
    for (std::uint32_t phase = 0; phase < kPortSpan; ++phase) {
      live += kSchedule.identify(phase, {static_cast<std::uint16_t>(port)}, {77}).has_value();
    }
    ASSERT_EQ(live, 2 * kAttemptsMax) << port;
  }
}

}  // namespace
}  // namespace rollcall::packet
