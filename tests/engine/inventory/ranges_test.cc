#include "engine/inventory/ranges.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/random.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

Ranges ranges(std::initializer_list<std::string_view> texts) {
  std::vector<AddressRange> all;
  for (const std::string_view text : texts) all.push_back(*parse_range(text));
  return compact(std::move(all));
}

TEST(Ranges, AreCompactWhateverTheOrderAndOverlap) {
  EXPECT_EQ(ranges({"10.0.0.5", "10.0.0.1-10.0.0.3", "10.0.0.4", "10.0.0.2-10.0.0.5", "10.0.0.9"}),
            (Ranges{{address("10.0.0.1"), address("10.0.0.5")},
                    {address("10.0.0.9"), address("10.0.0.9")}}));
}

TEST(Ranges, TheDifferenceCrossesTheBoundaryOfAddressHalves) {
  EXPECT_EQ(
      difference(ranges({"2001:db8::-2001:db8:0:2::"}), ranges({"2001:db8:0:1::"})),
      ranges({"2001:db8::-2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:1::1-2001:db8:0:2::"}));
}

// Against std::set on random ranges of a small space, where everything touches everything.
TEST(Ranges, BehaveAsTheSetsThatTheyStandFor) {
  constexpr std::uint64_t kSeed = 42;
  Random random(kSeed);
  const auto draw = [&random](std::set<std::uint32_t>& set) {
    std::vector<AddressRange> drawn;
    for (std::uint32_t i = random.below(6); i > 0; --i) {
      const std::uint32_t first = random.below(40);
      const std::uint32_t last = first + random.below(8);
      drawn.push_back({Address::from_v4(first), Address::from_v4(last)});
      for (std::uint32_t value = first; value <= last; ++value) set.insert(value);
    }
    return compact(std::move(drawn));
  };
  const auto set_of = [](const Ranges& drawn) {
    std::set<std::uint32_t> set;
    for (const AddressRange& range : drawn) {
      for (std::uint32_t v = range.first.v4(); v <= range.last.v4(); ++v) set.insert(v);
    }
    return set;
  };
  for (int round = 0; round < 2000; ++round) {
    std::set<std::uint32_t> a;
    std::set<std::uint32_t> b;
    const Ranges left = draw(a);
    const Ranges right = draw(b);
    std::set<std::uint32_t> both;
    std::set<std::uint32_t> rest;
    for (const std::uint32_t value : a) (b.contains(value) ? both : rest).insert(value);
    ASSERT_EQ(set_of(left), a) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(set_of(intersection(left, right)), both) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(set_of(difference(left, right)), rest) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(count_of(left), a.size()) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(difference(left, right), compact(difference(left, right))) << round;
  }
}

}  // namespace
}  // namespace rollcall::inventory
