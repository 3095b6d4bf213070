#include "engine/packet/port_schedule.h"

#include <gtest/gtest.h>

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

// What a forger has to guess besides the cookie: whatever port it picks, few phases make it live.
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
