#include "scheduler/sweep/path/half_open.h"

#include <gtest/gtest.h>

#include <map>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};

Address address(std::uint32_t host) {
  return Address::from_v4(0xc6120000 + host);
}

// Targets that are asked one after the other; each answers at once, and may repeat its SYN-ACK.
class Fleet {
 public:
  void asked(std::uint32_t host, TimePoint at, std::initializer_list<Duration> repeats = {}) {
    events_.emplace(at, Event{host, at, false});
    for (const Duration after : repeats) events_.emplace(at + after, Event{host, at, true});
  }

  // When it was proven; nullopt: never.
  std::optional<TimePoint> play() {
    HalfOpen half_open;
    for (const auto& [at, event] : events_) {
      if (event.repeat) {
        half_open.repeated(address(event.host), event.asked, at);
      } else {
        half_open.answered(event.asked);
      }
      if (half_open.is_proven()) return at;
    }
    return std::nullopt;
  }

 private:
  struct Event {
    std::uint32_t host;
    TimePoint asked;
    bool repeat;
  };
  std::multimap<TimePoint, Event> events_;
};

TEST(HalfOpen, IsProvenSoonWhenEveryTargetRepeats) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    fleet.asked(i, kStart + i * 1ms, {1s, 3s, 7s});
  }
  const auto at = fleet.play();
  ASSERT_TRUE(at);
  EXPECT_LT(*at - kStart, 2s);
}

TEST(HalfOpen, IsProvenWhenARuleIsLoadedInMidSweep) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    const TimePoint at = kStart + i * 1ms;
    i < 5000 ? fleet.asked(i, at) : fleet.asked(i, at, {1010ms, 3030ms});
  }
  const auto at = fleet.play();
  ASSERT_TRUE(at);
  EXPECT_GT(*at - kStart, 6s);
  EXPECT_LT(*at - kStart, 8s);
}

TEST(HalfOpen, IsProvenForTheFewAddressesOfASlowSweepAsWell) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < 8; ++i) fleet.asked(i, kStart + i * 500ms, {1s, 3s});
  EXPECT_TRUE(fleet.play());
}

TEST(HalfOpen, IsNotProvenByALossyPath) {
  Fleet fleet;  // a third of the RSTs is lost; the next one gets there
  for (std::uint32_t i = 0; i < 9000; ++i) {
    const TimePoint at = kStart + i * 1ms;
    i % 3 == 0 ? fleet.asked(i, at, {1s}) : fleet.asked(i, at);
  }
  EXPECT_FALSE(fleet.play());
}

TEST(HalfOpen, IsNotProvenByOneOddServerOfMany) {
  Fleet fleet;  // a proxy before every tenth address ignores RSTs
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const TimePoint at = kStart + i * 1ms;
    i % 10 == 0 ? fleet.asked(i, at, {1s, 3s, 7s}) : fleet.asked(i, at);
  }
  EXPECT_FALSE(fleet.play());
}

TEST(HalfOpen, IsNotProvenByOneAddressWithManyPorts) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < 1000; ++i) fleet.asked(i % 2, kStart + i * 5ms, {1s, 3s});
  EXPECT_FALSE(fleet.play());
}

TEST(HalfOpen, IsNotProvenByAPathThatDuplicates) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < 5000; ++i) fleet.asked(i, kStart + i * 1ms, {1ms, 300ms});
  EXPECT_FALSE(fleet.play());
}

TEST(HalfOpen, ForgetsWhatWasLongAgo) {
  Fleet fleet;  // one lost RST every ten seconds
  for (std::uint32_t i = 0; i < 100; ++i) fleet.asked(i, kStart + i * 10s, {1s});
  EXPECT_FALSE(fleet.play());
}

}  // namespace
}  // namespace rollcall::sweep
