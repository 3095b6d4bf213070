#include "scheduler/verdict/group_verdict.h"

#include <gmock/gmock.h>

#include <array>
#include <string>
#include <vector>

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
    {"all ports but one are silent: the address is there",
     web42().add_ports("10.0.42.1",
                       {{22, Fate::kSilent}, {80, Fate::kSilent}, {443, Fate::kRefuses}}),
     GroupVerdict::kServiceDown, 1, 0, 0},
    {"no port gave a sign of life",
     web42().add_ports("10.0.42.1",
                       {{22, Fate::kSilent}, {80, Fate::kUnreachable}, {443, Fate::kSilent}}),
     GroupVerdict::kDown, 0, 1, 0},
    {"silent where bound would suffice",
     web42().add("10.0.42.1", 2, Fate::kSilent, 22, Expect::kBound), GroupVerdict::kDown, 0, 2, 0},
    {"bound suffices on one port, but not on the other",
     web42()
         .add("10.0.42.1", 1, Fate::kRefuses, 22, Expect::kBound)
         .add("10.0.42.1", 1, Fate::kRefuses, 80),
     GroupVerdict::kServiceDown, 1, 0, 0},
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

struct SharedCase {
  const char* description;
  Fleet fleet;  // a group "web", then a group "db" that shares its address
  GroupVerdict web, db;
};

Fleet web_and_db(Fate web, Fate db) {
  return Fleet()
      .group("web")
      .add("10.0.42.1", 1, web, 80)
      .group("db")
      .add("10.0.42.1", 1, db, 5432);
}

const SharedCase kShared[] = {
    {"neither port answers", web_and_db(Fate::kSilent, Fate::kUnreachable), GroupVerdict::kDown,
     GroupVerdict::kDown},
    {"only the other group's port answers", web_and_db(Fate::kOpens, Fate::kSilent),
     GroupVerdict::kUp, GroupVerdict::kServiceDown},
    {"a refusal in a later group is a sign of life too", web_and_db(Fate::kSilent, Fate::kRefuses),
     GroupVerdict::kServiceDown, GroupVerdict::kServiceDown},
    {"nothing is known of the other port", web_and_db(Fate::kNotSent, Fate::kOpens),
     GroupVerdict::kUnknown, GroupVerdict::kUp},
};

TEST(GroupVerdict, AnAddressOfTwoGroupsIsMissingOnlyWhenNoPortOfItAnswersInEither) {
  for (const SharedCase& test : kShared) {
    std::array verdicts{GroupVerdict::kUp, GroupVerdict::kUp};
    for (const auto& report : judge_groups(test.fleet.table(), test.fleet.states())) {
      verdicts.at(report.group.value) = report.verdict;
    }
    EXPECT_EQ(to_string(verdicts[0]), to_string(test.web)) << test.description;
    EXPECT_EQ(to_string(verdicts[1]), to_string(test.db)) << test.description;
  }
}

TEST(GroupVerdict, WhatAnswersElsewhereIsTakenOutOfTheMissingRangesAddressByAddress) {
  const Fleet fleet = Fleet()
                          .group("web")
                          .add("10.0.42.3", 2, Fate::kOpens)
                          .add("10.0.42.9", 1, Fate::kSilent)
                          .group("db")
                          .add("10.0.42.1", 9, Fate::kSilent, 5432)
                          .add("2001:db8::1", 1, Fate::kSilent, 5432);
  const auto reports = judge_groups(fleet.table(), fleet.states());
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_THAT(texts(reports[0].missing_ranges), ElementsAre("10.0.42.9"));
  EXPECT_THAT(texts(reports[1].missing_ranges),
              ElementsAre("10.0.42.1-10.0.42.2", "10.0.42.5-10.0.42.9", "2001:db8::1"));
  EXPECT_EQ(reports[1].answering, 2u);
  EXPECT_THAT(reports[1].not_as_expected, ElementsAre(TargetIndex{5}, TargetIndex{6}));
}

TEST(GroupVerdict, GroupsThatShareNothingAreJudgedTogetherAsByThemselves) {
  const Fleet fleet = Fleet()
                          .group("up")
                          .add("10.0.41.1", 3, Fate::kOpens)
                          .group("down")
                          .add("10.0.42.1", 3, Fate::kSilent)
                          .group("partial")
                          .add("10.0.43.1", 1, Fate::kOpens)
                          .add("10.0.43.2", 1, Fate::kSilent);
  const auto reports = judge_groups(fleet.table(), fleet.states());
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].group, GroupIndex{1});
  EXPECT_EQ(reports[0].verdict, GroupVerdict::kDown);
  EXPECT_EQ(reports[1].group, GroupIndex{2});
  EXPECT_EQ(reports[1].verdict, GroupVerdict::kPartial);
}

}  // namespace
}  // namespace rollcall::verdict
