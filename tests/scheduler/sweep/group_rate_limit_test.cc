#include "scheduler/sweep/group_rate_limit.h"

#include <gtest/gtest.h>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

TEST(GroupRateLimit, SpacesTheQuestionsToAGroupAndLeavesOthersAlone) {
  GroupRateLimit group_limit(2, {500}, 1ms);
  const TimePoint now{10s};
  EXPECT_TRUE(group_limit.has_room({0}, now));
  group_limit.charge({0}, now);
  EXPECT_FALSE(group_limit.has_room({0}, now + 1ms));
  EXPECT_TRUE(group_limit.has_room({1}, now + 1ms));
  EXPECT_TRUE(group_limit.has_room({0}, now + 2ms));
}

TEST(GroupRateLimit, KeepsWhatWasChargedAheadAndForgivesIdleTime) {
  GroupRateLimit group_limit(1, {1000}, 1ms);
  const TimePoint now{10s};
  for (int i = 0; i < 5; ++i) group_limit.charge({0}, now);
  EXPECT_FALSE(group_limit.has_room({0}, now + 4ms));
  EXPECT_TRUE(group_limit.has_room({0}, now + 5ms));
  group_limit.charge({0}, now + 1s);
  EXPECT_FALSE(group_limit.has_room({0}, now + 1s));
}

TEST(GroupRateLimit, ChargesAConnectForEverySynThatTheKernelMaySend) {
  GroupRateLimit group_limit(1, {1000}, 1ms);
  const TimePoint now{10s};
  group_limit.charge({0}, now, 3);
  EXPECT_FALSE(group_limit.has_room({0}, now + 2ms));
  EXPECT_TRUE(group_limit.has_room({0}, now + 3ms));
}

TEST(GroupRateLimit, ReachesRatesAboveOneARound) {
  GroupRateLimit group_limit(1, {100000}, 1ms);
  const TimePoint now{10s};
  int passed = 0;
  while (group_limit.has_room({0}, now)) {
    group_limit.charge({0}, now);
    ++passed;
  }
  EXPECT_EQ(passed, 100);
}

}  // namespace
}  // namespace rollcall::sweep
