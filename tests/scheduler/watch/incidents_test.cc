// Tests the incidents that a watch opens, changes and ends over a series of sweeps.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/watch/watched_fleet.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kConfirmed = 4;  // sweeps at 5 s that span 15 s
constexpr int kWaited = 8;     // and as long again, while more is about to be decided

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

TEST(Incidents, TellTheStoryOfAServerThatRebootedAndLeftSomeAddressesBehind) {
  WatchedFleet fleet = fleet_of(3, 0, {}, 254);
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened g1 down"));

  fleet.set({1}, 0, 217, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(36)), IsEmpty()) << "the others may still come";
  EXPECT_TRUE(fleet.watch.status_of({1}).is_settling);
  const Changes changes = fleet.sweeps(4);
  ASSERT_THAT(told(changes), ElementsAre("changed g1 partial_after_reboot"));
  const Incident& incident = changes.incidents[0].incident;
  EXPECT_EQ(incident.worst, Trouble::kDown);
  EXPECT_EQ(incident.expected, 254u);
  EXPECT_EQ(incident.answering, 217u);
  EXPECT_THAT(incident.missing, ElementsAre("198.18.1.215-198.18.1.251"));
  EXPECT_EQ(incident.sentence,
            "partial after a reboot: 217 of 254 answer; missing 198.18.1.215-198.18.1.251 "
            "(the last 37: nothing after 198.18.1.214 came up)");
  EXPECT_THAT(told(fleet.sweeps(500)), IsEmpty()) << "nothing is told twice";

  fleet.set({1}, Fate::kOpens);
  const Changes end = fleet.sweeps(3);
  ASSERT_THAT(told(end), ElementsAre("ended g1"));
  EXPECT_EQ(end.incidents[0].incident.id, incident.id);
  EXPECT_EQ(end.incidents[0].incident.ended_at, end.incidents[0].at);
  EXPECT_EQ(end.incidents[0].incident.sentence, "over: all 254 answer as expected");
}

TEST(Incidents, OpenWithTheRangesThatAreMissing) {
  WatchedFleet fleet = fleet_of(2);
  fleet.set({0}, 3, 5, Fate::kUnreachable);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed - 1)), IsEmpty()) << "too soon";
  const Changes changes = fleet.sweep();
  ASSERT_THAT(told(changes), ElementsAre("opened g0 partial"));
  EXPECT_THAT(changes.incidents[0].incident.missing, ElementsAre("198.18.0.3-198.18.0.4"));
  EXPECT_EQ(changes.incidents[0].incident.id.value,
            "g0@" + std::string("2025-12-18T00:00:30.000Z"));
  ASSERT_THAT(changes.transitions, SizeIs(2));
  EXPECT_EQ(changes.transitions[0].group, "g0");
  EXPECT_EQ(changes.transitions[0].from, TargetState::kSuspect);
  EXPECT_EQ(changes.transitions[0].to, TargetState::kMissing);
  EXPECT_THAT(changes.transitions[0].evidence,
              HasSubstr("connect:unreachable connect:unreachable"));
}

TEST(Incidents, OfAServerThatCameBackWholeEndAtOnce) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(kConfirmed);
  fleet.set({0}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended g0"));
}

TEST(Incidents, DoNotBlameARebootForWhatWasMissingLongBefore) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, 8, 10, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(100)), ElementsAre("opened g0 partial"));
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("changed g0 down"));
  fleet.set({0}, 0, 8, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(60)), ElementsAre("changed g0 partial"));

  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(kWaited);
  fleet.set({0}, 0, 7, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(60)), ElementsAre("changed g0 partial_after_reboot"))
      << "one more is missing than before";
}

TEST(Incidents, KnowWhatWasMissingLongBeforeThoughItShowedASignOfLife) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, 8, 10, Fate::kSilent);
  fleet.sweeps(100);
  fleet.set({0}, 8, 9, Fate::kOpens);
  fleet.sweep();
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("changed g0 down"));
  fleet.set({0}, 0, 8, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(60)), ElementsAre("changed g0 partial"));
}

TEST(Incidents, StayPartialAfterRebootThroughFurtherReboots) {
  WatchedFleet fleet = fleet_of(3);
  for (int reboot = 0; reboot < 2; ++reboot) {
    fleet.set({0}, Fate::kSilent);
    fleet.sweeps(60);
    fleet.set({0}, 0, 8, Fate::kOpens);
    EXPECT_THAT(told(fleet.sweeps(100)), ElementsAre("changed g0 partial_after_reboot"));
  }
}

TEST(Incidents, AreNotOpenedForWhatNeverAnswered) {
  WatchedFleet fleet(table_with_parents(fakes::consecutive_table(30, 10), {}), {});
  fleet.set({0}, 5, 10, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  EXPECT_EQ(fleet.watch.status_of({0}).figures.never_answered, 0u) << "nobody was asked yet";
  EXPECT_THAT(told(fleet.sweeps(100)), IsEmpty());
  EXPECT_EQ(fleet.watch.status_of({0}).figures.never_answered, 5u);
  EXPECT_EQ(fleet.watch.status_of({0}).figures.expected, 5u);
  EXPECT_EQ(fleet.watch.status_of({1}).figures.never_answered, 10u);

  fleet.set({0}, Fate::kSilent);
  const Changes changes = fleet.sweeps(kConfirmed);
  EXPECT_THAT(told(changes), ElementsAre("opened g0 down")) << "all that ever answered is silent";
  EXPECT_EQ(changes.incidents[0].incident.expected, 5u);
}

TEST(Incidents, TellOfAServiceThatDoesNotListen) {
  WatchedFleet fleet = fleet_of(2);
  fleet.set({0}, 2, 4, Fate::kRefuses);
  const Changes changes = fleet.sweeps(kConfirmed);
  ASSERT_THAT(told(changes), ElementsAre("opened g0 service_down"));
  EXPECT_THAT(changes.incidents[0].incident.missing, IsEmpty());
  EXPECT_THAT(changes.incidents[0].incident.closed, ElementsAre("198.18.0.2-198.18.0.3"));
  EXPECT_EQ(changes.incidents[0].incident.answering, 10u);
  fleet.set({0}, 2, 4, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("changed g0 partial"));
  fleet.set({0}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(2)), ElementsAre("ended g0"));
}

TEST(Incidents, WaitForTheRestOfWhatASweepSawByHalf) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, 0, 5, Fate::kSilent);
  fleet.sweep();
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("opened g0 down"))
      << "never partial on the way";
}

TEST(Incidents, WaitForTheRestOverABlindTimeToo) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, 0, 5, Fate::kSilent);
  fleet.sweep();
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed - 1)), IsEmpty()) << "half of it is missing";
  fleet.sound = false;
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened g0 cannot_judge"));
  fleet.sound = true;
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("changed g0 down"));
}

// The next sweep asks only those of which something is undecided.
void leave_out(WatchedFleet& fleet, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t group = first; group < last; ++group) fleet.set({group}, Fate::kInterrupted);
}

TEST(Incidents, OpenOnceNothingIsUndecidedAnyMoreWhomeverTheSweepAsked) {
  WatchedFleet fleet = fleet_of(12, 3);
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  fleet.sweep();
  fleet.set({2}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed - 1)), IsEmpty()) << "it may be the rack";
  fleet.set({2}, Fate::kOpens);
  leave_out(fleet, 0, 2);
  leave_out(fleet, 3, 12);
  EXPECT_THAT(told(fleet.sweep()), ElementsAre("opened g0 down", "opened g1 down"));
}

TEST(Incidents, AreNotOpenedOnWhatWasSeenLongAgo) {
  WatchedFleet fleet = fleet_of(12, 3);
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  fleet.sweep();
  fleet.set({2}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed - 1)), IsEmpty());
  fleet.sound = false;
  EXPECT_THAT(
      told(fleet.sweeps(1000)),
      ElementsAre("opened g0 cannot_judge", "opened g1 cannot_judge", "opened g2 cannot_judge"));
  fleet.sound = true;
  fleet.set({2}, Fate::kOpens);
  leave_out(fleet, 0, 2);
  leave_out(fleet, 3, 12);
  EXPECT_THAT(told(fleet.sweeps(3)), ElementsAre("ended g2"))
      << "whoever is down may have come back since";
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)),
              ElementsAre("changed g0 down", "changed g1 down", "opened vantage cannot_judge"));
}

TEST(Incidents, OfARackSayAllThatThereIsToSayWhileItsGroupsCannotBeJudged) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("opened rack0 down"));
  leave_out(fleet, 0, 3);
  std::vector<std::string> changes = told(fleet.sweeps(3));
  for (int second = 0; second < 300; ++second) {
    fleet.now += 1s;
    fleet.wall += 1s;
    if (second % 5 == 0) {
      for (const auto& text : told(fleet.sweep(0s))) changes.push_back(text);
    }
    for (const auto& text :
         told({.transitions = {}, .incidents = fleet.watch.check(fleet.now, fleet.wall, "")})) {
      changes.push_back(text);
    }
  }
  EXPECT_THAT(changes, IsEmpty());
}

// They show life in the sweep in which the link is back, and are believed in the next but one.
TEST(Incidents, OfAFleetThatComesBackTellNothingOfThoseThatAreAboutTo) {
  WatchedFleet fleet = fleet_of(10, 0, {}, 1);
  for (std::uint32_t group = 0; group < 10; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened fleet down"));
  for (std::uint32_t group = 0; group < 6; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweep()), IsEmpty());
  for (std::uint32_t group = 6; group < 10; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(10)), ElementsAre("ended fleet"));
}

TEST(Incidents, DoNotWaitForEver) {
  WatchedFleet fleet = fleet_of(2);
  fleet.set({0}, 0, 1, Fate::kSilent);
  std::vector<std::string> all;
  for (int i = 0; i < kWaited; ++i) {
    // Another one is suspected in every sweep.
    fleet.set({0}, 1, 10, Fate::kOpens);
    fleet.set({0}, static_cast<std::uint32_t>(1 + i), static_cast<std::uint32_t>(2 + i),
              Fate::kSilent);
    std::ranges::copy(told(fleet.sweep()), std::back_inserter(all));
  }
  EXPECT_THAT(all, ElementsAre("opened g0 partial"));
}

TEST(Incidents, ToldAreNewRangesButNotWhatComesAndGoesWhileAGroupSettles) {
  WatchedFleet fleet = fleet_of(2);
  fleet.set({0}, 9, 10, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed)), ElementsAre("opened g0 partial"));
  fleet.set({0}, 8, 10, Fate::kSilent);
  const Changes changes = fleet.sweeps(kConfirmed);
  ASSERT_THAT(told(changes), ElementsAre("changed g0 partial"));
  EXPECT_THAT(changes.incidents[0].incident.missing, ElementsAre("198.18.0.8-198.18.0.9"));

  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(kWaited);
  for (std::uint32_t back = 1; back < 9; ++back) {
    fleet.set({0}, 0, back, Fate::kOpens);
    EXPECT_THAT(told(fleet.sweeps(3)), IsEmpty());
    EXPECT_EQ(fleet.watch.open_incidents().at(0).answering, back) << "but whoever asks is told";
  }
}

TEST(Incidents, OfARackAreOne) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  const Changes changes = fleet.sweeps(20);
  ASSERT_THAT(told(changes), ElementsAre("opened rack0 down"));
  const Incident& incident = changes.incidents[0].incident;
  EXPECT_EQ(incident.scope, IncidentScope::kParent);
  EXPECT_THAT(incident.groups, ElementsAre("g0", "g1", "g2"));
  EXPECT_EQ(incident.expected, 30u);
  EXPECT_EQ(incident.sentence, "down: none of the 3 groups answers (30 addresses)");
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(5)), ElementsAre("ended rack0"));
}

TEST(Incidents, OfARackTakeInThoseOfItsGroupsAndLeaveWhatStaysBehind) {
  WatchedFleet fleet = fleet_of(12, 3);
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened g0 down"));
  fleet.set({1}, Fate::kSilent);
  fleet.set({2}, Fate::kSilent);
  const Changes together = fleet.sweeps(20);
  ASSERT_THAT(told(together), ElementsAre("opened rack0 down", "absorbed g0"));
  EXPECT_EQ(together.incidents[1].incident.absorbed_by, together.incidents[0].incident.id);

  fleet.set({1}, Fate::kOpens);
  fleet.set({2}, 0, 9, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(30)), IsEmpty()) << "no blast of groups while they settle";
  EXPECT_THAT(told(fleet.sweeps(15)),
              ElementsAre("ended rack0", "opened g0 down", "opened g2 partial_after_reboot"));
}

TEST(Incidents, OfARackLeaveNobodyUntoldThoughTheSweepThatEndsThemAskedOthers) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened rack0 down"));
  fleet.set({1}, Fate::kOpens);
  fleet.set({2}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweep()), IsEmpty()) << "one good sweep is no recovery";
  leave_out(fleet, 0, 1);
  leave_out(fleet, 3, 12);
  EXPECT_THAT(told(fleet.sweep()), ElementsAre("ended rack0", "opened g0 down"));
}

TEST(Incidents, OfARackAreOneThoughASweepSawItByHalf) {
  WatchedFleet fleet = fleet_of(12, 3);
  fleet.set({1}, Fate::kSilent);
  fleet.sweep();
  fleet.set({0}, Fate::kSilent);
  fleet.set({2}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("opened rack0 down"));
}

TEST(Incidents, OfARackLeaveAGroupThatSettledToTellOfItself) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(10)), ElementsAre("opened rack0 down"));
  fleet.set({0}, 0, 9, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(60)), ElementsAre("opened g0 partial_after_reboot"));
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(5)), ElementsAre("ended rack0", "ended g0"));
}

TEST(Incidents, OfTwoServersOfThreeAreTwo) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("opened g0 down", "opened g1 down"));
}

TEST(Incidents, OfAFleetAreOneThoughASweepSawItByHalf) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  fleet.sweep();
  for (std::uint32_t group = 3; group < 7; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), ElementsAre("opened fleet down"));
}

TEST(Incidents, OfAFleetAreOneAndSayThatItMayBeOurselves) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 7; ++group) fleet.set({group}, Fate::kSilent);
  const Changes changes = fleet.sweeps(20);
  ASSERT_THAT(told(changes), ElementsAre("opened fleet down"));
  EXPECT_THAT(changes.incidents[0].incident.groups, SizeIs(7));
  EXPECT_THAT(changes.incidents[0].incident.sentence, HasSubstr("may be ourselves"));
  fleet.set({7}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kConfirmed)), ElementsAre("changed fleet down"));
  for (std::uint32_t group = 0; group < 8; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(5)), ElementsAre("ended fleet"));
}

TEST(Incidents, OfAFleetTakeInThoseOfRacksAlreadyTold) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(10)), ElementsAre("opened rack0 down"));
  for (std::uint32_t group = 3; group < 9; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(10)), ElementsAre("opened fleet down", "absorbed rack0"));
}

TEST(Incidents, OfAFleetThatStillWaitsLeaveARackAsItIs) {
  WatchedFleet fleet = fleet_of(12, 3);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(10)), ElementsAre("opened rack0 down"));
  for (std::uint32_t group = 3; group < 8; ++group) fleet.set({group}, Fate::kSilent);
  fleet.sweep();
  fleet.set({8}, Fate::kSilent);
  fleet.set({9}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(3)), IsEmpty()) << "seven are down, two are about to be";
  EXPECT_THAT(told(fleet.sweeps(kConfirmed)), ElementsAre("opened fleet down", "absorbed rack0"));
}

TEST(Incidents, OfAFlappingRackStayOne) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  WatchedFleet fleet = fleet_of(12, 3, settings);
  std::vector<std::string> all;
  for (int i = 0; i < 12; ++i) {
    for (std::uint32_t group = 0; group < 3; ++group) {
      fleet.set({group}, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    }
    std::ranges::copy(told(fleet.sweeps(6)), std::back_inserter(all));
  }
  EXPECT_THAT(all, ElementsAre("opened rack0 down", "ended rack0", "opened rack0 down",
                               "changed rack0 down flapping"));
  const Changes changes = fleet.sweeps(140);
  EXPECT_THAT(told(changes), ElementsAre("ended rack0"));
}

TEST(Incidents, OfGroupsThatGoOneAfterAnotherStayTheirOwn) {
  WatchedFleet fleet = fleet_of(6);
  std::vector<std::string> all;
  for (std::uint32_t group = 0; group < 4; ++group) {
    fleet.set({group}, Fate::kSilent);
    std::ranges::copy(told(fleet.sweeps(240)), std::back_inserter(all));
  }
  EXPECT_THAT(all,
              ElementsAre("opened g0 down", "opened g1 down", "opened g2 down", "opened g3 down"));
}

TEST(Incidents, OfAFlappingGroupStayOneAndTellNoMore) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  WatchedFleet fleet = fleet_of(3, 0, settings);
  std::vector<std::string> all;
  for (int i = 0; i < 30; ++i) {
    fleet.set({0}, 0, 5, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    std::ranges::copy(told(fleet.sweeps(6)), std::back_inserter(all));
  }
  EXPECT_THAT(all, ElementsAre("opened g0 partial", "ended g0", "opened g0 partial",
                               "changed g0 partial flapping"));
  EXPECT_THAT(told(fleet.sweeps(110)), IsEmpty()) << "well, but not yet for long enough";
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("ended g0"));
}

TEST(Incidents, OfAFlappingGroupStillTellWhatIsWorse) {
  const Settings settings{.flap_changes = 3, .flap_window = 10min};
  WatchedFleet fleet = fleet_of(3, 0, settings);
  for (int i = 0; i < 5; ++i) {
    fleet.set({0}, 0, 5, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    fleet.sweeps(6);
  }
  fleet.set({0}, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(20)), ElementsAre("changed g0 down flapping"));
}

// One customer's machine that comes and goes must not mute the loss of all the others.
TEST(Incidents, OfAFlappingGroupTellWhatIsFarMoreThanWasTold) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  WatchedFleet fleet = fleet_of(2, 0, settings, 100);
  for (int i = 0; i < 8; ++i) {
    fleet.set({0}, 5, 6, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    fleet.sweeps(6);
  }
  ASSERT_TRUE(fleet.watch.open_incidents().at(0).flapping);
  fleet.set({0}, 5, 6, Fate::kSilent);
  fleet.sweeps(6);
  fleet.set({0}, 20, 60, Fate::kSilent);
  const Changes changes = fleet.sweeps(kWaited);
  ASSERT_THAT(told(changes), ElementsAre("changed g0 partial flapping"));
  EXPECT_EQ(changes.incidents[0].incident.answering, 59u);
  fleet.set({0}, 60, 70, Fate::kSilent);
  EXPECT_THAT(told(fleet.sweeps(kWaited)), IsEmpty()) << "not far more than that";
}

TEST(Incidents, OfATargetThatFlapsBesideMissingOnesDoNotFollowIt) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  WatchedFleet fleet = fleet_of(2, 0, settings);
  fleet.set({0}, 0, 2, Fate::kSilent);
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) {
    fleet.set({0}, 5, 6, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    std::ranges::copy(told(fleet.sweeps(6)), std::back_inserter(all));
  }
  EXPECT_THAT(all, SizeIs(testing::Le(5u))) << testing::PrintToString(all);
  EXPECT_TRUE(fleet.watch.open_incidents().at(0).flapping);
}

TEST(Incidents, KeepStillWhileTheWatchIsBlind) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(kConfirmed);
  fleet.set({0}, 0, 5, Fate::kOpens);
  fleet.sweeps(10);
  const std::vector<Fate> truth = fleet.fates;
  std::ranges::fill(fleet.fates, Fate::kSilent);
  fleet.sound = false;
  EXPECT_THAT(told(fleet.sweeps(200)), ElementsAre("opened vantage cannot_judge"))
      << "settled long since, but nobody saw it";
  fleet.fates = truth;
  fleet.set({0}, Fate::kOpens);
  fleet.sound = true;
  EXPECT_THAT(told(fleet.sweeps(5)), testing::Contains("ended g0"));
}

TEST(Incidents, RememberWhoVerified) {
  WatchedFleet fleet = fleet_of(3);
  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(kConfirmed);
  EXPECT_THAT(fleet.watch.note_verification({.group = "g0", .by = "anna", .passed = false}),
              SizeIs(1));
  EXPECT_THAT(fleet.watch.note_verification({.group = "g0", .by = "anna", .passed = false}),
              IsEmpty())
      << "no news";
  fleet.watch.note_verification({.group = "g0", .by = "anna", .passed = true});
  fleet.watch.note_verification({.group = "g1", .by = "bert", .passed = true});
  EXPECT_THAT(fleet.watch.open_incidents().at(0).verified_by,
              ElementsAre("anna (not passed)", "anna"));
}

TEST(Incidents, CountAnAddressThatAnswersInAnotherGroupAsAServiceThatFails) {
  const auto table = std::make_shared<inventory::TargetTable>(fakes::table_of(
      {{"198.18.0.1", 80, "web"}, {"198.18.0.2", 80, "web"}, {"198.18.0.1", 5432, "db"}}));
  WatchedFleet fleet(table, {});
  fleet.sweeps(2);
  fleet.fates[table->find(Address::parse("198.18.0.1").value(), {80}).value().value] =
      Fate::kSilent;
  EXPECT_THAT(told(fleet.sweeps(kConfirmed)), ElementsAre("opened web service_down"));
}

TEST(Incidents, EndNoEarlierThanTheyBeganWhateverTheClockSays) {
  WatchedFleet fleet = fleet_of(2);
  fleet.set({1}, 3, 7, Fate::kSilent);
  ASSERT_THAT(told(fleet.sweeps(6)), ElementsAre("opened g1 partial"));
  fleet.wall -= std::chrono::hours(1);
  fleet.set({1}, Fate::kOpens);
  const Changes changes = fleet.sweeps(6);
  ASSERT_THAT(told(changes), ElementsAre("ended g1"));
  EXPECT_EQ(changes.incidents[0].incident.ended_at, changes.incidents[0].incident.started_at);
}

TEST(Incidents, OfManyHaveTheLabelsThatAllOfTheirGroupsShareSoThatASilenceByLabelCoversThem) {
  const auto plain = fakes::consecutive_table(60, 10);
  std::vector<inventory::Target> rows = fakes::rows_of(plain);
  for (inventory::Target& row : rows) row.label_set = row.group.value % 2;
  std::vector<inventory::Group> groups(plain.groups().begin(), plain.groups().end());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i].parent = i < 2 ? "rack7" : "rack8";
  WatchedFleet fleet(std::make_shared<inventory::TargetTable>(
                         std::move(rows), std::move(groups),
                         std::vector<inventory::LabelSet>{{{"rack", "r7"}, {"tier", "gold"}},
                                                          {{"rack", "r7"}, {"tier", "tin"}}},
                         0x5eed),
                     {});
  fleet.sweeps(2);
  for (std::uint32_t i = 0; i < 2; ++i) fleet.set({i}, Fate::kSilent);
  const Changes changes = fleet.sweeps(6);
  ASSERT_THAT(told(changes), ElementsAre("opened rack7 down"));
  EXPECT_EQ(changes.incidents[0].incident.labels,
            (std::map<std::string, std::string>{{"rack", "r7"}}));
}

}  // namespace
}  // namespace rollcall::watch
