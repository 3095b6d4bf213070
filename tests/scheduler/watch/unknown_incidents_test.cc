// Tests the incidents for targets without a verdict: never answered, not judged, unstable, after a
// pause.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/watch/watched_fleet.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kWaited = 8;  // sweeps at 5 s that span 15 s, and as long again

// "opened g0 down", "changed g0 partial_after_reboot", "ended g0", "absorbed g0 by rack0".
std::string in_short(const IncidentEvent& event) {
  const Incident& incident = event.incident;
  const std::string subject = " " + incident.subject;
  if (event.change == IncidentChange::kEnded) {
    return incident.absorbed_by.value.empty() ? "ended" + subject : "absorbed" + subject;
  }
  return std::string(to_string(event.change)) + subject + " " +
         std::string(to_string(incident.now)) + (incident.flapping ? " flapping" : "");
}

std::vector<std::string> told(const Changes& changes) {
  std::vector<std::string> texts;
  for (const IncidentEvent& event : changes.incidents) texts.push_back(in_short(event));
  return texts;
}

// Groups g0, g1, ... of ten addresses, in racks of `per_rack`; all have been up for a while.
WatchedFleet fleet_of(std::uint32_t groups, std::uint32_t per_rack = 0, Settings settings = {},
                      std::uint32_t per_group = 10) {
  std::vector<std::string> parents;
  for (std::uint32_t i = 0; per_rack > 0 && i < groups; ++i) {
    parents.push_back("rack" + std::to_string(i / per_rack));
  }
  WatchedFleet fleet(
      table_with_parents(fakes::consecutive_table(groups * per_group, per_group), parents),
      settings);
  EXPECT_THAT(fleet.sweeps(2).incidents, IsEmpty());
  return fleet;
}

TEST(UnknownIncidents, AreToldAtSweepsThatOutlastTheirInterval) {
  WatchedFleet fleet = fleet_of(3);
  fleet.duration = 45s;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(told(fleet.sweep(50s)), IsEmpty());
  fleet.set({0}, 3, 5, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweep(50s)), IsEmpty());
  EXPECT_THAT(told(fleet.sweep(50s)), ElementsAre("opened g0 partial"));
}

TEST(UnknownIncidents, AreNotToldFromASweepBeforeAPauseOfSweepsThatOutlastTheirInterval) {
  WatchedFleet fleet = fleet_of(3);
  fleet.duration = 45s;
  fleet.sweep(50s);
  fleet.set({0}, 3, 5, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweep(50s)), IsEmpty());
  EXPECT_THAT(told(fleet.sweep(10min)), IsEmpty()) << "four times as long as three sweeps";
  EXPECT_THAT(told(fleet.sweep(50s)), ElementsAre("opened g0 partial"));
}

std::vector<std::string> told(const std::vector<IncidentEvent>& events) {
  return told(Changes{.transitions = {}, .incidents = events});
}

TEST(UnknownIncidents, AreOpenedForWhatCannotBeJudgedForTwoIntervals) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, 2, 4, Fate::kNotSent);
  EXPECT_THAT(told(fleet.sweeps(6)), IsEmpty());
  const Changes changes = fleet.sweeps(2);
  ASSERT_THAT(told(changes), ElementsAre("opened g0 cannot_judge"));
  EXPECT_THAT(changes.incidents[0].incident.sentence,
              testing::StartsWith("cannot judge 2 of its 10 "));
  EXPECT_THAT(told(fleet.sweeps(50)), IsEmpty()) << "told once";
  fleet.set({0}, 2, 4, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended g0"));
}

TEST(UnknownIncidents, OfAGroupThatCannotBeJudgedGoOnWhenItTurnsOutToBeDown) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, Fate::kNotSent);
  ASSERT_THAT(told(fleet.sweeps(10)), ElementsAre("opened g0 cannot_judge"));
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("ended g0", "opened g0 down"));
}

TEST(UnknownIncidents, AreOneWhereMostGroupsCannotBeJudgedAlsoWhileNoSweepEnds) {
  WatchedFleet fleet = fleet_of(5);
  const auto wait = [&](int checks) {
    std::vector<IncidentEvent> events;
    for (int i = 0; i < checks; ++i) {
      fleet.now += 5s;
      fleet.wall += 5s;
      std::ranges::move(fleet.watch.check(fleet.now, fleet.wall, "sweeps fail: no memory"),
                        std::back_inserter(events));
    }
    return events;
  };
  EXPECT_THAT(told(wait(6)), IsEmpty());
  const auto events = wait(3);
  ASSERT_THAT(told(events), ElementsAre("opened vantage cannot_judge"));
  EXPECT_THAT(events[0].incident.sentence,
              testing::AllOf(testing::StartsWith("cannot judge 5 of 5 groups since "),
                             testing::EndsWith(", because sweeps fail: no memory")));
  EXPECT_THAT(told(wait(20)), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended vantage"));
}

TEST(UnknownIncidents, GoOnWhenASweepEndsThatBeganBeforeTheyWereOpened) {
  WatchedFleet fleet = fleet_of(3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kNotSent);
  EXPECT_THAT(told(fleet.sweeps(5)), IsEmpty());
  fleet.now += 10s;
  fleet.wall += 10s;
  EXPECT_THAT(told(fleet.watch.check(fleet.now, fleet.wall, "")),
              ElementsAre("opened vantage cannot_judge"));
  fleet.now -= 8s;
  fleet.wall -= 8s;
  EXPECT_THAT(told(fleet.sweep(1s)), IsEmpty()) << "it began before, and judged nothing";
}

TEST(UnknownIncidents, DoNotEndWithASweepThatTookLongAndJudgedNothing) {
  WatchedFleet fleet = fleet_of(3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kNotSent);
  ASSERT_THAT(told(fleet.sweeps(7)), ElementsAre("opened vantage cannot_judge"));
  fleet.duration = 60s;  // two intervals are more than what has passed now
  EXPECT_THAT(told(fleet.sweep(5s)), IsEmpty());
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended vantage"));
}

TEST(UnknownIncidents, DoNotCountTheTimeInWhichTheProcessWasStopped) {
  WatchedFleet fleet = fleet_of(3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kNotSent);
  EXPECT_THAT(told(fleet.sweep(1h)), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(5)), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("opened vantage cannot_judge"));
}

TEST(UnknownIncidents, DoNotTakeASlowSweepForOneThatCannotJudge) {
  WatchedFleet fleet = fleet_of(3);
  fleet.duration = 45s;
  fleet.sweep(50s);
  for (int i = 0; i < 10; ++i) {
    fleet.now += 40s;
    fleet.wall += 40s;
    EXPECT_THAT(told(fleet.watch.check(fleet.now, fleet.wall, "")), IsEmpty());
    EXPECT_THAT(told(fleet.sweep(10s)), IsEmpty());
  }
}

TEST(UnknownIncidents, TellOfShortFailuresThatComeAgainAndAgain) {
  WatchedFleet fleet = fleet_of(3);
  fleet.sweeps(4);
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) {
    fleet.set({0}, 3, 4, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    std::ranges::move(told(fleet.sweeps(2)), std::back_inserter(all));
  }
  EXPECT_THAT(all, ElementsAre("opened g0 unstable"));
  EXPECT_THAT(fleet.watch.open_incidents().at(0).sentence,
              testing::StartsWith("unstable: 198.18.0.3 failed in "));
  EXPECT_THAT(told(fleet.sweeps(7)), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(5)), ElementsAre("ended g0"));
}

TEST(UnknownIncidents, TakeOneOutageOrTwoForNoInstability) {
  WatchedFleet fleet = fleet_of(3);
  fleet.sweeps(4);
  for (int i = 0; i < 2; ++i) {
    fleet.set({0}, 3, 4, Fate::kSilent);
    EXPECT_THAT(told(fleet.sweeps(8)), ElementsAre("opened g0 partial"));
    fleet.set({0}, 3, 4, Fate::kOpens);
    EXPECT_THAT(told(fleet.sweeps(8)), ElementsAre("ended g0"));
  }
}

TEST(UnknownIncidents, TellOfANextHopBehindWhichNobodyAnswers) {
  WatchedFleet fleet = fleet_of(3);
  fleet.silent_hops = {{"next hop 192.0.2.1 on eth0", {.answers = true, .targets = 20}}};
  EXPECT_THAT(told(fleet.sweeps(3)), IsEmpty());
  const Changes changes = fleet.sweeps(2);
  ASSERT_THAT(told(changes), ElementsAre("opened next hop 192.0.2.1 on eth0 down"));
  EXPECT_EQ(changes.incidents[0].incident.scope, IncidentScope::kNextHop);
  EXPECT_THAT(changes.incidents[0].incident.sentence,
              testing::EndsWith("(20 targets); it answers itself"));
  EXPECT_THAT(told(fleet.sweeps(20)), IsEmpty());
  fleet.silent_hops.clear();
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended next hop 192.0.2.1 on eth0"));
}

TEST(UnknownIncidents, TellOfWhatTheWatchNeedsAlsoWhileNothingIsJudged) {
  WatchedFleet fleet = fleet_of(3);
  FailedDependency source{"inventory source /etc/more.csv", "no such file", WallTime(1h)};
  fleet.watch.set_failed_dependencies({source});
  const Changes changes = fleet.sweep(5s);
  ASSERT_THAT(told(changes), ElementsAre("opened inventory source /etc/more.csv failing"));
  const Incident& incident = changes.incidents[0].incident;
  EXPECT_EQ(incident.scope, IncidentScope::kDependency);
  EXPECT_EQ(incident.started_at, WallTime(1h));
  EXPECT_EQ(incident.sentence, "fails since 1970-01-01 01:00 UTC: no such file");
  source.why = "permission denied";
  fleet.watch.set_failed_dependencies({source});
  EXPECT_THAT(told(fleet.sweep(5s)), IsEmpty()) << "another reason is no news";
  EXPECT_THAT(fleet.watch.open_incidents()[0].sentence, testing::HasSubstr("permission denied"));
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(4)), ElementsAre("opened g0 down"));
  fleet.watch.set_failed_dependencies({});
  EXPECT_THAT(told(fleet.sweep(5s)), ElementsAre("ended inventory source /etc/more.csv"));
}

TEST(UnknownIncidents, TellOfWhatTheWatchNeedsWithoutAnyTarget) {
  Watch watch(std::make_shared<const inventory::TargetTable>(fakes::table_of({})), {});
  watch.set_failed_dependencies(
      {{"inventory source http://sd.example.net/", "HTTP status 502", {}}});
  EXPECT_THAT(told(watch.check(TimePoint(1h), WallTime(1h), "")),
              ElementsAre("opened inventory source http://sd.example.net/ failing"));
}

TEST(UnknownIncidents, AreOpenedForWhatIsListedAndDoesNotAnswerAfterItsGracePeriod) {
  WatchedFleet fleet(table_with_parents(fakes::consecutive_table(30, 10), {}), {});
  fleet.set({0}, 7, 10, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(119)), IsEmpty());
  const Changes changes = fleet.sweeps(3);
  ASSERT_THAT(told(changes), ElementsAre("opened g0 partial"));
  EXPECT_EQ(changes.incidents[0].incident.sentence,
            "partial: 7 of 10 answer; missing 198.18.0.7-198.18.0.9 (the last 3: nothing after .6 "
            "came up), never answered since listed");
  EXPECT_EQ(fleet.watch.status_of({0}).figures.never_answered, 0u);
  EXPECT_EQ(fleet.watch.status_of({0}).figures.never_overdue, 3u);
  EXPECT_THAT(told(fleet.sweeps(590)), IsEmpty()) << "alone it has an hour";
  EXPECT_THAT(told(fleet.sweeps(15)), ElementsAre("opened g1 down"));

  fleet.set({0}, Fate::kOpens);
  fleet.set({1}, 0, 5, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(60)), ElementsAre("ended g0", "changed g1 partial"));
  fleet.set({1}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(5)), ElementsAre("ended g1"));
}

TEST(UnknownIncidents, GiveTheAddressesOfANewServerTimeToFollowItsFirst) {
  WatchedFleet fleet(table_with_parents(fakes::consecutive_table(20, 10), {}), {});
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(360)), IsEmpty());
  fleet.set({1}, 0, 5, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(100)), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(30)), ElementsAre("opened g1 partial"));
}

TEST(UnknownIncidents, OfAServerWithAddressesThatNeverAnsweredEndARebootWithoutThem) {
  WatchedFleet fleet(table_with_parents(fakes::consecutive_table(20, 10), {}), {});
  fleet.set({0}, 9, 10, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(150)), ElementsAre("opened g0 partial"));
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("changed g0 down"));
  fleet.set({0}, 0, 9, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(100)), ElementsAre("changed g0 partial"))
      << "what never answered did not fail to come back";
}

TEST(UnknownIncidents, OfAServerDoNotCountOneThatNeverAnsweredForTheFleet) {
  WatchedFleet fleet(table_with_parents(fakes::consecutive_table(30, 10), {}), {});
  fleet.set({2}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(800)), ElementsAre("opened g2 down"));
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("opened fleet down", "absorbed g2"));
}

}  // namespace
}  // namespace rollcall::watch
