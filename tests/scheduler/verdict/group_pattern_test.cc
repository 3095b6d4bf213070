#include "scheduler/verdict/group_pattern.h"

#include <gtest/gtest.h>

#include "scheduler/verdict/group_verdict.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::verdict {
namespace {

Fleet web42() {
  return Fleet().group("web42");
}

struct PatternCase {
  const char* description;
  Fleet fleet;
  const char* expected;
};

Fleet every(std::uint32_t stride, std::uint32_t first, std::uint32_t count) {
  Fleet fleet = web42();
  for (std::uint32_t i = 0; i < count; ++i) {
    fleet.add(Address::from_v4(0x0a002a01 + i).to_string(), 1,
              i % stride == first ? Fate::kSilent : Fate::kOpens);
  }
  return fleet;
}

// Eight addresses in each of 10.0.0.0/24, 10.0.1.0/24, ...: u up, w wholly missing, t its tail, h
// its head, 2 every second, ? two blocks of two.
Fleet subnets(std::string_view kinds) {
  const auto is_missing = [](char kind, std::uint32_t i) {
    switch (kind) {
      case 'w':
        return true;
      case 't':
        return i >= 5;
      case 'h':
        return i < 3;
      case '2':
        return i % 2 == 1;
      case '?':
        return i == 1 || i == 2 || i == 5 || i == 6;
      default:
        return false;
    }
  };
  Fleet fleet = web42();
  for (std::uint32_t subnet = 0; subnet < kinds.size(); ++subnet) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      fleet.add(Address::from_v4(0x0a000001 + 256 * subnet + i).to_string(), 1,
                is_missing(kinds[subnet], i) ? Fate::kSilent : Fate::kOpens);
    }
  }
  return fleet;
}

const PatternCase kPatterns[] = {
    {"none", web42().add("10.0.42.1", 254, Fate::kOpens), ""},
    {"all", web42().add("10.0.42.1", 254, Fate::kSilent), ""},
    {"one", web42().add("10.0.42.1", 253, Fate::kOpens).add("10.0.42.254", 1, Fate::kSilent),
     "1 address"},
    {"a tail", web42().add("10.0.42.1", 200, Fate::kOpens).add("10.0.42.201", 54, Fate::kSilent),
     "the last 54: nothing after .200 came up"},
    {"a tail behind gaps that the group never owned",
     web42()
         .add("10.0.42.1", 2, Fate::kOpens)
         .add("10.0.42.9", 1, Fate::kSilent)
         .add("10.0.42.77", 1, Fate::kSilent),
     "the last 2: nothing after .2 came up"},
    {"a head", web42().add("10.0.42.1", 10, Fate::kSilent).add("10.0.42.11", 9, Fate::kOpens),
     "the first 10: nothing before .11 came up"},
    {"a tail of a group in several /24",
     web42()
         .add("10.0.42.1", 254, Fate::kOpens)
         .add("10.0.43.0", 9, Fate::kOpens)
         .add("10.0.43.9", 4, Fate::kSilent),
     "the last 4: nothing after 10.0.43.8 came up"},
    {"an IPv6 tail",
     web42().add("2001:db8::1", 9, Fate::kOpens).add("2001:db8::a", 6, Fate::kSilent),
     "the last 6: nothing after 2001:db8::9 came up"},
    {"a whole /24 of several",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("10.0.43.1", 9, Fate::kSilent)
         .add("10.0.44.1", 9, Fate::kOpens),
     "all of 10.0.43.0/24"},
    {"a whole /24 at the end",
     web42().add("10.0.42.1", 9, Fate::kOpens).add("10.0.43.1", 9, Fate::kSilent),
     "all of 10.0.43.0/24"},
    {"all of IPv6",
     web42().add("10.0.42.1", 9, Fate::kOpens).add("2001:db8:7::1", 9, Fate::kSilent),
     "all of its IPv6 addresses"},
    {"more than one /24",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("10.0.43.1", 9, Fate::kSilent)
         .add("10.0.44.1", 9, Fate::kSilent),
     "all of 10.0.43.0/24 and 10.0.44.0/24"},
    {"all of many /24s", subnets("wwuwwwwu"),
     "all of 10.0.0.0/24, 10.0.1.0/24, 10.0.3.0/24 and 3 more subnets"},
    {"all of four /24s", subnets("wuwuwuwu"),
     "all of 10.0.0.0/24, 10.0.2.0/24, 10.0.4.0/24 and 1 more subnet"},
    {"single addresses of several /24s are not whole subnets",
     web42()
         .add("10.0.42.1", 1, Fate::kSilent)
         .add("10.0.43.1", 1, Fate::kOpens)
         .add("10.0.44.1", 1, Fate::kOpens)
         .add("10.0.45.1", 1, Fate::kSilent),
     "2 single addresses"},
    {"all of IPv4",
     web42().add("10.0.42.1", 9, Fate::kSilent).add("2001:db8:7::1", 9, Fate::kOpens),
     "all of its IPv4 addresses"},
    {"all of several /64s, which are all that there is of IPv6",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("2001:db8:7::1", 2, Fate::kSilent)
         .add("2001:db8:8::1", 2, Fate::kSilent),
     "all of its IPv6 addresses"},
    {"one of two /64s",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("2001:db8:7::1", 2, Fate::kSilent)
         .add("2001:db8:8::1", 2, Fate::kOpens),
     "all of 2001:db8:7::/64"},
    {"a tail across the border of two /24s", subnets("uth"),
     "the last 3 of 10.0.1.0/24 and the first 3 of 10.0.2.0/24"},
    {"a tail that begins within a /24", subnets("utw"),
     "the last 11: nothing after 10.0.1.5 came up"},
    {"a head that ends within a /24", subnets("whu"),
     "the first 11: nothing before 10.0.1.4 came up"},
    {"the tail of one /24 of several", subnets("utu"),
     "the last 3 of 10.0.1.0/24: nothing after .5 came up"},
    {"the head of one /24 of several", subnets("uhu"),
     "the first 3 of 10.0.1.0/24: nothing before .4 came up"},
    {"the tails of two /24s", subnets("tut"),
     "the last 3 of 10.0.0.0/24 and the last 3 of 10.0.2.0/24"},
    {"a tail, a head and all of a /24", subnets("tuhuw"),
     "the last 3 of 10.0.0.0/24, the first 3 of 10.0.2.0/24 and all of 10.0.4.0/24"},
    {"the tails of many /24s", subnets("tttttu"),
     "the last 3 of 10.0.0.0/24, the last 3 of 10.0.1.0/24, the last 3 of 10.0.2.0/24 and 2 more "
     "subnets"},
    {"the very last of two /24s",
     web42()
         .add("10.0.42.1", 8, Fate::kOpens)
         .add("10.0.42.9", 1, Fate::kSilent)
         .add("10.0.43.1", 8, Fate::kOpens)
         .add("10.0.43.9", 1, Fate::kSilent),
     "the last of 10.0.42.0/24 and the last of 10.0.43.0/24"},
    {"an end of a subnet of three is a coincidence",
     web42()
         .add("10.0.42.1", 2, Fate::kOpens)
         .add("10.0.42.3", 1, Fate::kSilent)
         .add("10.0.43.1", 2, Fate::kOpens)
         .add("10.0.43.3", 1, Fate::kSilent),
     "2 single addresses"},
    {"the tail of the IPv4 half",
     web42()
         .add("10.0.42.1", 200, Fate::kOpens)
         .add("10.0.42.201", 54, Fate::kSilent)
         .add("2001:db8:7::1", 9, Fate::kOpens),
     "the last 54 of 10.0.42.0/24: nothing after .200 came up"},
    {"every 2nd of one /24 of several", subnets("u2u"), "every 2nd address of 10.0.1.0/24"},
    {"without order, but in one /24 of several", subnets("u?u"),
     "4 addresses in 2 blocks, all in 10.0.1.0/24"},
    {"without order, in two /24s", subnets("?u?"), "8 addresses in 4 blocks"},
    {"a block in the middle of one /24 of several",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("10.0.43.1", 4, Fate::kOpens)
         .add("10.0.43.5", 2, Fate::kSilent)
         .add("10.0.43.7", 4, Fate::kOpens),
     "one block of 2"},
    {"a block in the middle",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("10.0.42.10", 20, Fate::kSilent)
         .add("10.0.42.30", 9, Fate::kOpens),
     "one block of 20"},
    {"every 2nd", every(2, 1, 20), "every 2nd address"},
    {"every 3rd, ending short of a full step", every(3, 2, 19), "every 3rd address"},
    {"every 11th", every(11, 4, 60), "every 11th address"},
    {"every 22nd", every(22, 0, 70), "every 22nd address"},
    {"two of four are a coincidence", every(2, 0, 4), "2 single addresses"},
    {"every 2nd of the first half only",
     web42()
         .add("10.0.42.1", 1, Fate::kSilent)
         .add("10.0.42.2", 1, Fate::kOpens)
         .add("10.0.42.3", 1, Fate::kSilent)
         .add("10.0.42.4", 1, Fate::kOpens)
         .add("10.0.42.5", 1, Fate::kSilent)
         .add("10.0.42.6", 9, Fate::kOpens),
     "3 single addresses"},
    {"scattered",
     web42()
         .add("10.0.42.1", 1, Fate::kSilent)
         .add("10.0.42.2", 1, Fate::kOpens)
         .add("10.0.42.3", 2, Fate::kSilent)
         .add("10.0.42.5", 1, Fate::kOpens)
         .add("10.0.42.6", 1, Fate::kSilent),
     "4 addresses in 3 blocks"},
    {"two ports an address are still one address",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kOpens}})
         .add_ports("10.0.42.2", {{80, Fate::kSilent}, {443, Fate::kSilent}})
         .add_ports("10.0.42.3", {{80, Fate::kSilent}, {443, Fate::kSilent}}),
     "the last 2: nothing after .1 came up"},
    {"one port fails on each",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.2", {{80, Fate::kOpens}, {443, Fate::kSilent}}),
     "port 443 on all of them"},
    {"one port fails wherever it is expected",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add_ports("10.0.42.10", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.11", {{80, Fate::kOpens}, {443, Fate::kRefuses}}),
     "port 443 wherever it is expected"},
    {"one port fails on all but one of those that have it",
     web42()
         .add_ports("10.0.42.10", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.11", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.12", {{80, Fate::kOpens}, {443, Fate::kOpens}}),
     ""},
    {"all ports fail on each",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kRefuses}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.2", {{80, Fate::kRefuses}, {443, Fate::kSilent}}),
     "no port is as expected on any of them"},
    {"all ports of the only address fail",
     web42().add_ports("10.0.42.1", {{80, Fate::kRefuses}, {443, Fate::kRefuses}}), ""},
    {"one port fails on some",
     web42().add("10.0.42.1", 2, Fate::kRefuses, 443).add("10.0.42.3", 1, Fate::kOpens, 443), ""},
    {"one port fails on the only address", web42().add("10.0.42.1", 1, Fate::kRefuses, 443), ""},
    {"different ports fail",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.2", {{80, Fate::kRefuses}, {443, Fate::kOpens}}),
     ""},
};

TEST(GroupPattern, SaysWhatTheMissingAddressesLookLike) {
  for (const PatternCase& test : kPatterns) {
    const inventory::TargetTable table = test.fleet.table();
    const GroupReport report = judge_group(table, {0}, test.fleet.states());
    EXPECT_EQ(describe_pattern(table, report), test.expected) << test.description;
  }
}

}  // namespace
}  // namespace rollcall::verdict
