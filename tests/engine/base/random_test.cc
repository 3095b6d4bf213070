#include "engine/base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace rollcall {
namespace {

TEST(Random, RepeatsItselfForASeedAndOnlyForIt) {
  Random a(7);
  Random b(7);
  Random c(8);
  const std::uint64_t first = a();
  EXPECT_EQ(first, b());
  EXPECT_NE(first, c());
}

TEST(Random, StaysBelowTheBoundAndReachesAllOfIt) {
  Random random(1);
  std::array<int, 10> seen{};
  for (int i = 0; i < 1000; ++i) ++seen.at(random.below(10));
  for (const int count : seen) EXPECT_GT(count, 50);
}

TEST(RandomSeed, DiffersBetweenCalls) {
  EXPECT_NE(random_seed(), random_seed());
}

}  // namespace
}  // namespace rollcall
