#include "engine/inventory/scope.h"

#include <gtest/gtest.h>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

struct ScopeCase {
  std::string_view range;
  std::string_view reason;  // "": may be probed
};

TEST(Scope, RefusesExactlyTheSpecialBlocks) {
  for (const auto& [text, reason] : std::initializer_list<ScopeCase>{
           {"0.0.0.0", "reserved (this network)"},
           {"0.255.255.255", "reserved (this network)"},
           {"1.0.0.0", ""},
           {"10.0.0.0/8", ""},
           {"126.255.255.255", ""},
           {"127.0.0.0", "loopback"},
           {"127.255.255.255", "loopback"},
           {"128.0.0.0", ""},
           {"169.253.255.255", ""},
           {"169.254.0.0/16", "link-local"},
           {"169.255.0.0", ""},
           {"172.16.0.0/12", ""},
           {"192.0.2.0/24", ""},
           {"192.168.0.0/16", ""},
           {"198.18.0.0/15", ""},
           {"223.255.255.255", ""},
           {"224.0.0.0", "multicast"},
           {"239.255.255.255", "multicast"},
           {"240.0.0.0", "reserved"},
           {"255.255.255.254", "reserved"},
           {"255.255.255.255", "broadcast"},
           {"223.255.255.255-224.0.0.0", "multicast"},
           {"126.0.0.0-128.0.0.0", "loopback"},
           {"::", "reserved (unspecified)"},
           {"::1", "loopback"},
           {"::2", "reserved (IPv4-embedded)"},
           {"::2-0:0:0:1::", "reserved (IPv4-embedded)"},
           {"64:ff9b::1", ""},
           {"2001:db8::/32", ""},
           {"fd00::/8", ""},
           {"fe7f:ffff::", ""},
           {"fe80::", "link-local"},
           {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
           {"fec0::", ""},
           {"ff00::", "multicast"},
           {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
           {"2000::-ffff::", "link-local"},
       }) {
    SCOPED_TRACE(text);
    const auto range = parse_range(text);
    ASSERT_TRUE(range) << range.error().context;
    EXPECT_EQ(refusal(*range).value_or(""), reason);
  }
}

AddressRange cidr(std::string_view network, int bits) {
  return range_of_prefix(*Address::parse(network), bits);
}

TEST(Scope, WithoutRangesAllowsEverything) {
  EXPECT_TRUE(Scope().allows(*Address::parse("203.0.113.9")));
  EXPECT_TRUE(Scope().allows(cidr("::", 0)));
}

TEST(Scope, AllowsOnlyWhatLiesInItsRanges) {
  const Scope scope({cidr("10.0.1.0", 24), cidr("10.0.0.0", 24), cidr("2001:db8::", 32)});
  EXPECT_TRUE(scope.allows(*Address::parse("10.0.0.0")));
  EXPECT_TRUE(scope.allows(*Address::parse("10.0.1.255")));
  EXPECT_TRUE(scope.allows(cidr("10.0.0.0", 23))) << "neighbours are one range";
  EXPECT_TRUE(scope.allows(*Address::parse("2001:db8:ffff::1")));
  EXPECT_FALSE(scope.allows(*Address::parse("10.0.2.0")));
  EXPECT_FALSE(scope.allows(cidr("10.0.0.0", 22)));
  EXPECT_FALSE(scope.allows(*Address::parse("2001:db9::1")));
}

TEST(Scope, OfOneFamilyNeverAllowsTheOther) {
  EXPECT_FALSE(Scope({cidr("::", 0)}).allows(*Address::parse("10.0.0.1")));
  EXPECT_FALSE(Scope({cidr("0.0.0.0", 0)}).allows(*Address::parse("2001:db8::1")));
}

TEST(Scope, JoinsRangesThatHoldEachOther) {
  const Scope scope({cidr("10.0.0.0", 8), cidr("10.9.0.0", 16), cidr("10.9.9.9", 32)});
  EXPECT_TRUE(scope.allows(cidr("10.0.0.0", 8)));
  EXPECT_FALSE(scope.allows(*Address::parse("11.0.0.0")));
}

}  // namespace
}  // namespace rollcall::inventory
