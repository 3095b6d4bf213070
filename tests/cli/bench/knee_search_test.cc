#include "cli/bench/knee_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rollcall::bench {
namespace {

std::vector<double> trials_of(KneeSearch& search, auto&& passes) {
  std::vector<double> asked;
  while (search.next()) {
    EXPECT_LT(asked.size(), 100u) << "a search that does not end";
    if (asked.size() >= 100) break;
    const PacketRate rate = *search.next();
    asked.push_back(rate.per_second);
    search.note(passes(rate.per_second, asked.size()));
  }
  return asked;
}

TEST(KneeSearch, DoublesUntilARateFailsTwiceThenHalvesTheGapGeometrically) {
  KneeSearch search({.low = {100}, .high = {100000}, .narrowings = 2});
  const auto asked = trials_of(search, [](double rate, std::size_t) { return rate <= 300; });
  EXPECT_EQ(asked.size(), 7u);
  EXPECT_EQ((std::vector(asked.begin(), asked.begin() + 4)),
            (std::vector<double>{100, 200, 400, 400}));
  EXPECT_NEAR(asked[4], 282.8, 0.1);  // sqrt(200 * 400) passes
  EXPECT_NEAR(asked[5], 336.4, 0.1);  // sqrt(282.8 * 400) fails, twice
  EXPECT_EQ(asked[5], asked[6]);
  EXPECT_NEAR(search.best().per_second, 282.8, 0.1);
}

TEST(KneeSearch, EndsAtTheHighestRateThatMayBeAskedFor) {
  KneeSearch search({.low = {100}, .high = {350}});
  EXPECT_EQ(trials_of(search, [](double, std::size_t) { return true; }),
            (std::vector<double>{100, 200, 350}));
  EXPECT_EQ(search.best().per_second, 350);
}

TEST(KneeSearch, ForgivesOneHiccup) {
  KneeSearch search({.low = {100}, .high = {400}});
  const auto asked = trials_of(search, [](double, std::size_t trial) { return trial != 2; });
  EXPECT_EQ(asked, (std::vector<double>{100, 200, 200, 400}));
  EXPECT_EQ(search.best().per_second, 400);
}

TEST(KneeSearch, GivesUpWhereNotEvenTheLowestRatePasses) {
  KneeSearch search({.low = {100}, .high = {400}});
  EXPECT_EQ(trials_of(search, [](double, std::size_t) { return false; }),
            (std::vector<double>{100, 100}));
  EXPECT_EQ(search.best().per_second, 0);
}

TEST(KneeSearch, FindsEveryKneeToAFewPercentAndNeverClaimsMoreThanPassed) {
  constexpr double kLow = 1000;
  constexpr double kHigh = 1e6;
  for (double knee = kLow; knee < kHigh; knee *= 1.03) {
    SCOPED_TRACE("knee " + std::to_string(knee));
    KneeSearch search({.low = {kLow}, .high = {kHigh}, .narrowings = 4});
    const auto asked = trials_of(search, [&](double rate, std::size_t) { return rate <= knee; });
    EXPECT_LE(search.best().per_second, knee);
    EXPECT_GE(search.best().per_second, knee / 1.05);
    EXPECT_LE(*std::ranges::max_element(asked), kHigh);
  }
}

}  // namespace
}  // namespace rollcall::bench
