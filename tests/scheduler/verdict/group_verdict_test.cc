#include "scheduler/verdict/group_verdict.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "scheduler/verdict/group_pattern.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::verdict {
namespace {

using inventory::Expect;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<AddressRange>& ranges) {
  std::vector<std::string> result;
  for (const AddressRange& range : ranges) result.push_back(range.to_string());
  return result;
}

struct VerdictCase {
  const char* description;
  Fleet fleet;
  GroupVerdict verdict;
  std::uint32_t answering, missing, unknown;
};

Fleet web42() {
  return Fleet().group("web42");
}

const VerdictCase kVerdicts[] = {
    {"all answer", web42().add("10.0.42.1", 9, Fate::kOpens), GroupVerdict::kUp, 9, 0, 0},
    {"closed where bound suffices", web42().add("10.0.42.1", 9, Fate::kRefuses, 22, Expect::kBound),
     GroupVerdict::kUp, 9, 0, 0},
    {"closed where open is expected",
     web42().add("10.0.42.1", 8, Fate::kOpens).add("10.0.42.9", 1, Fate::kRefuses),
     GroupVerdict::kServiceDown, 9, 0, 0},
    {"one port of an answering address is filtered",
     web42().add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kSilent}}),
     GroupVerdict::kServiceDown, 1, 0, 0},
    {"some missing", web42().add("10.0.42.1", 8, Fate::kOpens).add("10.0.42.9", 2, Fate::kSilent),
     GroupVerdict::kPartial, 8, 2, 0},
    {"some missing outranks some unknown",
     web42()
         .add("10.0.42.1", 1, Fate::kOpens)
         .add("10.0.42.2", 1, Fate::kUnreachable)
         .add("10.0.42.3", 1, Fate::kInterrupted),
     GroupVerdict::kPartial, 1, 1, 1},
    {"none answers",
     web42().add("10.0.42.1", 4, Fate::kSilent).add("10.0.42.5", 4, Fate::kUnreachable),
     GroupVerdict::kDown, 0, 8, 0},
    {"none answers, but of some nothing is known",
     web42().add("10.0.42.1", 4, Fate::kSilent).add("10.0.42.5", 4, Fate::kNotSent),
     GroupVerdict::kUnknown, 0, 4, 4},
    {"none missing, but of some nothing is known",
     web42().add("10.0.42.1", 4, Fate::kOpens).add("10.0.42.5", 1, Fate::kInterrupted),
     GroupVerdict::kUnknown, 4, 0, 1},
    {"nothing is known at all", web42().add("10.0.42.1", 4, Fate::kInterrupted),
     GroupVerdict::kUnknown, 0, 0, 4},
    {"a silent port beside an unknown one does not make an address missing",
     web42().add_ports("10.0.42.1", {{80, Fate::kSilent}, {443, Fate::kNotSent}}),
     GroupVerdict::kUnknown, 0, 0, 1},
    {"our own trouble with one port of an answering address is not a service down",
     web42().add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kNotSent}}),
     GroupVerdict::kUnknown, 1, 0, 0},
    {"a closed service is said even when another port is unknown",
     web42().add_ports("10.0.42.1", {{80, Fate::kRefuses}, {443, Fate::kNotSent}}),
     GroupVerdict::kServiceDown, 1, 0, 0},
};

TEST(GroupVerdict, FollowsFromHowManyAnswerAreMissingAndUnknown) {
  for (const VerdictCase& test : kVerdicts) {
    const GroupReport report = judge_group(test.fleet.table(), {0}, test.fleet.states());
    EXPECT_EQ(to_string(report.verdict), to_string(test.verdict)) << test.description;
    EXPECT_EQ(report.expected, test.answering + test.missing + test.unknown) << test.description;
    EXPECT_EQ(report.answering, test.answering) << test.description;
    EXPECT_EQ(report.missing, test.missing) << test.description;
    EXPECT_EQ(report.unknown, test.unknown) << test.description;
  }
}

TEST(GroupVerdict, JoinsConsecutiveAddressesAcrossOctetsAndLeavesGapsOut) {
  const Fleet fleet = Fleet()
                          .group("up")
                          .add("10.0.1.0", 3, Fate::kOpens)
                          .group("web42")
                          .add("10.0.42.250", 12, Fate::kSilent)
                          .add("10.0.43.9", 1, Fate::kSilent)
                          .add("10.0.43.10", 1, Fate::kOpens)
                          .add("10.0.43.11", 2, Fate::kUnreachable)
                          .add("10.0.43.13", 1, Fate::kInterrupted)
                          .add("2001:db8::fffe", 4, Fate::kSilent);
  const GroupReport report = judge_group(fleet.table(), {1}, fleet.states());
  EXPECT_EQ(report.group, GroupIndex{1});
  EXPECT_THAT(texts(report.missing_ranges),
              ElementsAre("10.0.42.250-10.0.43.5", "10.0.43.9", "10.0.43.11-10.0.43.12",
                          "2001:db8::fffe-2001:db8::1:1"));
  EXPECT_THAT(texts(report.unknown_ranges), ElementsAre("10.0.43.13"));
}

TEST(GroupVerdict, ListsTheTargetsThatFailOnAnsweringAddressesOnly) {
  const Fleet fleet = web42()
                          .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
                          .add_ports("10.0.42.2", {{80, Fate::kSilent}, {443, Fate::kSilent}})
                          .add_ports("10.0.42.3", {{80, Fate::kUnreachable}, {443, Fate::kOpens}})
                          .add_ports("10.0.42.4", {{80, Fate::kOpens}, {443, Fate::kNotSent}});
  const GroupReport report = judge_group(fleet.table(), {0}, fleet.states());
  EXPECT_THAT(report.not_as_expected, ElementsAre(TargetIndex{1}, TargetIndex{4}));
  EXPECT_EQ(report.unknown_targets, 1u);
  EXPECT_THAT(texts(report.missing_ranges), ElementsAre("10.0.42.2"));
}

TEST(AppendAddress, NeverJoinsTheEndOfIpv4WithWhatFollowsItsMapping) {
  std::vector<AddressRange> ranges;
  const Address last_v4 = Address::from_v4(0xffffffff);
  append_address(ranges, last_v4);
  append_address(ranges, last_v4.plus(1));
  EXPECT_EQ(ranges.size(), 2u);
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
     "all of 2001:db8:7::/64"},
    {"more than one /24",
     web42()
         .add("10.0.42.1", 9, Fate::kOpens)
         .add("10.0.43.1", 9, Fate::kSilent)
         .add("10.0.44.1", 9, Fate::kSilent),
     "the last 18: nothing after 10.0.42.9 came up"},
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
    {"two of four are a coincidence", every(2, 0, 4), ""},
    {"every 2nd of the first half only",
     web42()
         .add("10.0.42.1", 1, Fate::kSilent)
         .add("10.0.42.2", 1, Fate::kOpens)
         .add("10.0.42.3", 1, Fate::kSilent)
         .add("10.0.42.4", 1, Fate::kOpens)
         .add("10.0.42.5", 1, Fate::kSilent)
         .add("10.0.42.6", 9, Fate::kOpens),
     ""},
    {"scattered",
     web42()
         .add("10.0.42.1", 1, Fate::kSilent)
         .add("10.0.42.2", 1, Fate::kOpens)
         .add("10.0.42.3", 2, Fate::kSilent)
         .add("10.0.42.5", 1, Fate::kOpens)
         .add("10.0.42.6", 1, Fate::kSilent),
     ""},
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
