#include "engine/packet/port_schedule.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/random.h"

namespace rollcall::packet {
namespace {

const CookieKey kKey({3, 4});
const PortSchedule kSchedule(kKey, kDefaultPortBase);

Address peer(std::uint32_t i) {
  return Address::from_v4(0xc6120000 + i);
}

TEST(PortSchedule, StaysWithinItsRange) {
  Random random(5);
  for (int i = 0; i < 10000; ++i) {
    const Port port = kSchedule.self_port(
        peer(random.below(1 << 16)), {80},
        {{static_cast<std::uint32_t>(random())}, static_cast<Attempt>(random.below(kAttemptsMax))});
    ASSERT_TRUE(kSchedule.contains(port)) << port.value;
  }
  EXPECT_EQ(kSchedule.last().value, 65095);
}

TEST(PortSchedule, LetsATupleRestFor512Epochs) {
  std::set<Port> used;
  for (std::uint32_t epoch = 4000000000; epoch != 4000000000 + 512; ++epoch) {
    for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
      ASSERT_TRUE(used.insert(kSchedule.self_port(peer(1), {80}, {{epoch}, attempt})).second);
    }
  }
  EXPECT_EQ(used.size(), kPortSpan);
  EXPECT_TRUE(used.contains(kSchedule.self_port(peer(1), {80}, {{4000000000u + 512}, 0})));
}

TEST(PortSchedule, NamesTheProbeOfTheCurrentAndThePreviousEpoch) {
  for (const std::uint32_t now : {1u, 511u, 512u, 1763000000u, UINT32_MAX, 0u}) {
    for (std::uint32_t i = 0; i < 100; ++i) {
      for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
        for (const Epoch epoch : {Epoch{now}, Epoch{now}.previous()}) {
          const Port port = kSchedule.self_port(peer(i), {443}, {epoch, attempt});
          const auto probe = kSchedule.identify(peer(i), {443}, port, {now});
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
    const Port port = kSchedule.self_port(peer(9), {80}, {{10000 - age}, 0});
    EXPECT_FALSE(kSchedule.identify(peer(9), {80}, port, {10000})) << age;
  }
}

TEST(PortSchedule, SpreadsTargetsOverTheRange) {
  std::set<Port> used;
  for (std::uint32_t i = 0; i < 4096; ++i)
    used.insert(kSchedule.self_port(peer(i), {80}, {{1}, 0}));
  // 4096 balls into 4096 bins leave 1/e of them empty.
  EXPECT_NEAR(static_cast<double>(used.size()), 4096 * 0.632, 100);
}

}  // namespace
}  // namespace rollcall::packet
