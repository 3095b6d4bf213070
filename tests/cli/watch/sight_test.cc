#include "cli/watch/sight.h"

#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1000s};
const std::vector<Duration> kBoth{5s, 15min};
const std::vector<Duration> kFast{5s};
const std::vector<Duration> kSlow{15min};

sweep::SweepResult result(bool sound, std::uint32_t unknown = 0, std::uint32_t unroutable = 0) {
  sweep::SweepResult result;
  result.sound = sound;
  result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)] = unknown;
  result.unroutable = unroutable;
  if (!sound || unknown > 0) result.inconclusive_reasons = {"why"};
  return result;
}

class ASight : public ::testing::Test {
 protected:
  ASight() { sight_.adopt(kBoth, kStart); }
  Sight sight_;
};

TEST_F(ASight, KnowsNothingAtFirst) {
  EXPECT_LT(sight_.ready_until(), kStart);
  sight_.judged(kBoth, result(true), kStart);
  EXPECT_EQ(sight_.ready_until(), kStart + 10s);
  EXPECT_EQ(sight_.blindness(), "");
}

// However often and well a group of its own is asked, it does not vouch for the fleet.
TEST_F(ASight, IsThatOfTheLotWhichIsKnownLeast) {
  sight_.judged(kBoth, result(true), kStart);
  sight_.judged(kSlow, result(false), kStart + 15min);
  sight_.judged(kFast, result(true), kStart + 29min);
  EXPECT_EQ(sight_.blindness(), "the last sweep was inconclusive: why");
  EXPECT_EQ(sight_.ready_until(), kStart + 29min + 10s) << "two intervals are not over";
  sight_.judged(kFast, result(true), kStart + 31min);
  EXPECT_EQ(sight_.ready_until(), kStart + 30min);

  sight_.judged(kSlow, result(true), kStart + 32min);
  EXPECT_EQ(sight_.blindness(), "");
  EXPECT_EQ(sight_.ready_until(), kStart + 31min + 10s);
}

TEST_F(ASight, IsLostByAFailedSweepOfWhateverPart) {
  sight_.judged(kBoth, result(true), kStart);
  sight_.failed({}, "no route");
  EXPECT_EQ(sight_.blindness(), "the last sweep failed: no route");
  sight_.judged({}, result(true), kStart + 1s);
  EXPECT_EQ(sight_.blindness(), "");
}

TEST_F(ASight, IsNotLostByWhatNoRouteLeadsTo) {
  sight_.judged(kBoth, result(true, 3, 3), kStart);
  EXPECT_EQ(sight_.blindness(), "");
  sight_.judged(kBoth, result(true, 4, 3), kStart);
  EXPECT_NE(sight_.blindness(), "") << "one more could not be judged";
}

TEST_F(ASight, GivesALotOfAnotherInventoryItsTime) {
  sight_.judged(kBoth, result(true), kStart);
  const std::vector<Duration> more{5s, 60s, 15min};
  sight_.adopt(more, kStart + 1s);
  EXPECT_EQ(sight_.ready_until(), kStart + 10s);
  sight_.judged(kFast, result(true), kStart + 100s);
  EXPECT_EQ(sight_.ready_until(), kStart + 110s);
  sight_.judged(kFast, result(true), kStart + 120s);
  EXPECT_EQ(sight_.ready_until(), kStart + 121s);
}

}  // namespace
}  // namespace rollcall::cli
