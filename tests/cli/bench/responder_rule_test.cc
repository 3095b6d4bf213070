#include <gtest/gtest.h>

#include "cli/bench/network/responder.h"

namespace rollcall::bench {
namespace {

const AddressRange kPrefix = range_of_prefix(Address::from_v4(0x0a000000), 12);

std::uint32_t silent_in(std::uint32_t first, std::uint32_t count, std::uint32_t silent_below) {
  std::uint32_t silent = 0;
  for (std::uint32_t i = 0; i < count; ++i) silent += responder_is_silent(first + i, silent_below);
  return silent;
}

TEST(ResponderRule, KeepsTheShareOfSilentAddressesInEveryStretch) {
  const auto rule = make_rule(kPrefix, 0.01);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->network, 0x0a000000u);
  EXPECT_EQ(rule->mask, 0xfff00000u);
  EXPECT_NEAR(silent_in(0x0a000000, 1 << 20, rule->silent_below), 10486, 2);
  for (std::uint32_t stretch = 0; stretch < 256; ++stretch) {
    EXPECT_NEAR(silent_in(0x0a000000 + stretch * 4096, 4096, rule->silent_below), 41, 3);
  }
}

TEST(ResponderRule, NobodyOrEverybodyIsSilentAtTheEnds) {
  EXPECT_EQ(silent_in(0x0a000000, 65536, make_rule(kPrefix, 0)->silent_below), 0u);
  EXPECT_EQ(silent_in(0x0a000000, 65536, make_rule(kPrefix, 1)->silent_below), 65536u);
}

TEST(ResponderRule, RefusesWhatIsNoPrefixAndNoShare) {
  const auto v4 = [](std::uint32_t first, std::uint32_t last) {
    return AddressRange{Address::from_v4(first), Address::from_v4(last)};
  };
  EXPECT_FALSE(make_rule(v4(0x0a000000, 0x0a000002), 0));  // three addresses
  EXPECT_FALSE(make_rule(v4(0x0a000002, 0x0a000005), 0));  // four, not aligned
  EXPECT_FALSE(make_rule(range_of_prefix(*Address::parse("2001:db8::"), 120), 0));
  EXPECT_FALSE(make_rule(kPrefix, -0.1));
  EXPECT_FALSE(make_rule(kPrefix, 1.1));
  EXPECT_FALSE(make_rule(kPrefix, std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace
}  // namespace rollcall::bench
