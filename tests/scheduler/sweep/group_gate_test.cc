#include "scheduler/sweep/group_gate.h"

#include <gtest/gtest.h>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

TEST(GroupGate, SpacesTheQuestionsToAGroupAndLeavesOthersAlone) {
  GroupGate gate(2, {500}, 1ms);
  const TimePoint now{10s};
  EXPECT_TRUE(gate.has_room({0}, now));
  gate.charge({0}, now);
  EXPECT_FALSE(gate.has_room({0}, now + 1ms));
  EXPECT_TRUE(gate.has_room({1}, now + 1ms));
  EXPECT_TRUE(gate.has_room({0}, now + 2ms));
}

TEST(GroupGate, KeepsWhatWasChargedAheadAndForgivesIdleTime) {
  GroupGate gate(1, {1000}, 1ms);
  const TimePoint now{10s};
  for (int i = 0; i < 5; ++i) gate.charge({0}, now);
  EXPECT_FALSE(gate.has_room({0}, now + 4ms));
  EXPECT_TRUE(gate.has_room({0}, now + 5ms));
  gate.charge({0}, now + 1s);
  EXPECT_FALSE(gate.has_room({0}, now + 1s));
}

TEST(GroupGate, ChargesAConnectForEverySynThatTheKernelMaySend) {
  GroupGate gate(1, {1000}, 1ms);
  const TimePoint now{10s};
  gate.charge({0}, now, 3);
  EXPECT_FALSE(gate.has_room({0}, now + 2ms));
  EXPECT_TRUE(gate.has_room({0}, now + 3ms));
}

TEST(GroupGate, ReachesRatesAboveOneARound) {
  GroupGate gate(1, {100000}, 1ms);
  const TimePoint now{10s};
  int passed = 0;
  while (gate.has_room({0}, now)) {
    gate.charge({0}, now);
    ++passed;
  }
  EXPECT_EQ(passed, 100);
}

}  // namespace
}  // namespace rollcall::sweep
