// Tests that the state of a watch survives a restart, a new inventory, and sweeps over a part of
// the fleet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/watch/schedule.h"
#include "tests/scheduler/watch/watched_fleet.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::shared_ptr<const inventory::TargetTable> table_of_groups(std::uint32_t groups) {
  return table_with_parents(fakes::consecutive_table(groups * 10, 10), {});
}

std::vector<std::string> told(const std::vector<IncidentEvent>& events) {
  std::vector<std::string> texts;
  for (const IncidentEvent& event : events) {
    texts.push_back(std::string(to_string(event.change)) + " " + event.incident.subject + " " +
                    std::string(to_string(event.incident.now)));
  }
  return texts;
}

// The same fleet under a new process: another monotonic clock.
void restart(WatchedFleet& fleet, const Settings& settings = {}) {
  const PersistedState persisted_state = fleet.watch.persisted_state(fleet.now);
  fleet.now = TimePoint{1min};
  fleet.wall += 1min;
  fleet.watch = Watch(fleet.table, settings);
  EXPECT_THAT(fleet.watch.restore(persisted_state, fleet.now, fleet.wall), IsEmpty());
}

TEST(Continuity, ARestartIsNoNews) {
  WatchedFleet fleet(table_of_groups(4), {});
  fleet.set({3}, 0, 5, Fate::kSilent);  // never answered
  fleet.sweeps(5);
  fleet.set({0}, Fate::kSilent);
  fleet.set({1}, 2, 4, Fate::kSilent);
  fleet.set({2}, 2, 4, Fate::kRefuses);
  fleet.sweeps(10);
  ASSERT_THAT(fleet.watch.open_incidents(), SizeIs(3));
  restart(fleet);
  EXPECT_THAT(told(fleet.sweeps(100).incidents), IsEmpty());
  ASSERT_THAT(fleet.watch.open_incidents(), SizeIs(3));
  EXPECT_EQ(fleet.watch.status_of({3}).figures.never_answered, 5u);
  for (std::uint32_t group = 0; group < 3; ++group) fleet.set({group}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(5).incidents),
              ElementsAre("ended g0 down", "ended g1 partial", "ended g2 service_down"));
}

// One second passes between the last sweep of a process and the start of the next.
void restart_soon(WatchedFleet& fleet, Duration pause = 1s) {
  PersistedState persisted_state = fleet.watch.persisted_state(fleet.now);
  for (PersistedSuspicion& suspicion : persisted_state.suspicions) {
    suspicion.failing_for += pause;
    if (suspicion.silent_for) *suspicion.silent_for += pause;
    suspicion.judged_ago += pause;
  }
  fleet.now = TimePoint{1min};
  fleet.wall += pause;
  fleet.watch = Watch(fleet.table, {});
  fleet.watch.restore(persisted_state, fleet.now, fleet.wall);
}

TEST(Continuity, AWatchThatIsRestartedAfterEachSweepTellsWhatIsMissing) {
  WatchedFleet fleet(table_of_groups(3), {});
  fleet.set({2}, 0, 5, Fate::kSilent);  // never answered
  fleet.sweeps(5);
  fleet.set({0}, 2, 4, Fate::kSilent);
  fleet.set({1}, 2, 4, Fate::kRefuses);
  std::vector<IncidentEvent> events;
  for (int i = 0; i < 5; ++i) {
    std::ranges::move(fleet.sweep(5s).incidents, std::back_inserter(events));
    restart_soon(fleet);
  }
  EXPECT_THAT(told(events), ElementsAre("opened g0 partial", "opened g1 service_down"));
}

TEST(Continuity, ATargetThatNeverAnsweredIsWeighedOverRestarts) {
  WatchedFleet fleet(table_of_groups(1), {});
  fleet.set({0}, 0, 5, Fate::kSilent);
  for (int i = 0; i < 5; ++i) {
    fleet.sweep(5s);
    restart_soon(fleet);
  }
  EXPECT_EQ(fleet.watch.status_of({0}).figures.never_answered, 5u);
}

TEST(Continuity, ASuspicionDoesNotOutlastALongPauseNorASignOfLife) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.sweeps(5);
  fleet.set({0}, 2, 4, Fate::kSilent);
  fleet.set({1}, 2, 4, Fate::kSilent);
  fleet.sweeps(1);
  restart_soon(fleet, 5min);
  EXPECT_THAT(fleet.watch.persisted_state(fleet.now).suspicions, IsEmpty());
  EXPECT_THAT(fleet.sweep(5s).incidents, IsEmpty());
  restart_soon(fleet);
  fleet.set({1}, Fate::kOpens);
  fleet.sweep(5s);
  EXPECT_THAT(fleet.watch.persisted_state(fleet.now).suspicions, SizeIs(2));
}

TEST(Continuity, WhatCannotBeJudgedIsNotOverByARestart) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.sweeps(2);
  fleet.set({0}, 0, 3, Fate::kNotSent);
  ASSERT_THAT(told(fleet.sweeps(10).incidents), ElementsAre("opened g0 cannot_judge"));
  restart(fleet);
  EXPECT_THAT(told(fleet.sweeps(20).incidents), IsEmpty());
  fleet.set({0}, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(2).incidents), ElementsAre("ended g0 cannot_judge"));
}

// The ports that an inventory lists of an address do not decide what is known of it.
class AnotherPortOfAKnownAddress : public testing::Test {
 protected:
  static std::shared_ptr<const inventory::TargetTable> table_with(std::uint16_t port) {
    std::vector<fakes::Row> rows;
    for (int i = 0; i < 4; ++i) rows.push_back({"198.18.0." + std::to_string(i), port, "g0"});
    return std::make_shared<inventory::TargetTable>(fakes::table_of(rows));
  }
  std::vector<IncidentEvent> take_port(std::uint16_t port) {
    fleet_.table = table_with(port);
    return fleet_.watch.reload(fleet_.table, fleet_.now, fleet_.wall);
  }

  WatchedFleet fleet_{table_with(80), {}};
};

TEST_F(AnotherPortOfAKnownAddress, DoesNotEndTheIncidentOfADeadOne) {
  fleet_.sweeps(2);
  fleet_.set({0}, 1, 2, Fate::kSilent);
  ASSERT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g0 partial"));
  EXPECT_THAT(told(take_port(443)), IsEmpty());
  EXPECT_THAT(told(fleet_.sweeps(20).incidents), IsEmpty());
  EXPECT_THAT(fleet_.watch.open_incidents(), SizeIs(1));
  fleet_.set({0}, Fate::kOpens);
  EXPECT_THAT(told(fleet_.sweeps(3).incidents), ElementsAre("ended g0 partial"));
}

TEST_F(AnotherPortOfAKnownAddress, IsMissingWhereAnAddressThatAnsweredFails) {
  fleet_.sweeps(2);
  EXPECT_THAT(told(take_port(443)), IsEmpty());
  fleet_.set({0}, 1, 2, Fate::kSilent);
  EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g0 partial"));
}

TEST(Continuity, AGracePeriodIsNotProlongedByARestart) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.set({0}, 0, 3, Fate::kSilent);
  for (int i = 0; i < 9; ++i) {
    EXPECT_THAT(told(fleet.sweeps(12).incidents), IsEmpty());
    restart(fleet);
  }
  EXPECT_THAT(told(fleet.sweeps(14).incidents), ElementsAre("opened g0 partial"));
  restart(fleet);
  EXPECT_THAT(told(fleet.sweeps(30).incidents), IsEmpty()) << "told once";
  EXPECT_THAT(fleet.watch.open_incidents(), SizeIs(1));
}

TEST(Continuity, ARebootIsToldAcrossARestart) {
  WatchedFleet fleet(table_of_groups(4), {});
  fleet.sweeps(2);
  fleet.set({0}, 9, 10, Fate::kSilent);  // missing for long: not part of the reboot
  fleet.sweeps(100);
  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(10);
  restart(fleet);
  fleet.sweeps(10);
  fleet.set({0}, 0, 7, Fate::kOpens);
  fleet.sweeps(10);
  restart(fleet);
  EXPECT_TRUE(fleet.watch.status_of({0}).is_settling);
  EXPECT_THAT(told(fleet.sweeps(60).incidents), ElementsAre("changed g0 partial_after_reboot"));
  restart(fleet);
  fleet.set({0}, 0, 9, Fate::kOpens);
  const Changes changes = fleet.sweeps(5);
  EXPECT_THAT(told(changes.incidents), ElementsAre("changed g0 partial_after_reboot"));
  EXPECT_THAT(changes.incidents.at(0).incident.missing, ElementsAre("198.18.0.9"));
}

TEST(Continuity, AFlappingIncidentStaysOpenOverARestart) {
  const Settings settings{.flap_changes = 3, .flap_window = 10min};
  WatchedFleet fleet(table_of_groups(3), settings);
  fleet.sweeps(2);
  for (int i = 0; i < 4; ++i) {
    fleet.set({0}, 0, 5, i % 2 == 0 ? Fate::kSilent : Fate::kOpens);
    fleet.sweeps(6);
  }
  ASSERT_TRUE(fleet.watch.open_incidents().at(0).flapping);
  restart(fleet, settings);
  EXPECT_THAT(told(fleet.sweeps(100).incidents), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(30).incidents), ElementsAre("ended g0 partial"));
}

TEST(Continuity, WhatWentMissingJustBeforeARestartIsPartOfTheRebootThatGoesOn) {
  const Settings settings{};
  WatchedFleet fleet(table_of_groups(2), settings);
  fleet.sweeps(2);
  fleet.set({0}, 0, 4, Fate::kSilent);
  fleet.sweeps(6);
  restart(fleet, settings);
  fleet.set({0}, Fate::kSilent);
  ASSERT_THAT(told(fleet.sweeps(8).incidents), ElementsAre("changed g0 down"));
  fleet.set({0}, 4, 10, Fate::kOpens);
  EXPECT_THAT(told(fleet.sweeps(45).incidents), ElementsAre("changed g0 partial_after_reboot"));
}

TEST(Continuity, ASnapshotThatMakesNoSenseDoesNoHarm) {
  WatchedFleet fleet(table_of_groups(2), {});
  PersistedState persisted_state;
  const Address known = fleet.table->rows()[0].address;
  persisted_state.targets = {
      {known, {80}, TargetState::kSuspect, true},
      {known, {80}, static_cast<TargetState>(77), true},
      {Address::parse("203.0.113.1").value(), {80}, TargetState::kMissing, false}};
  persisted_state.groups = {{"g0", static_cast<GroupPhase>(9), false, Duration::max()},
                            {"elsewhere", GroupPhase::kDown, true, -1s}};
  persisted_state.open = {{.id = {"elsewhere@1"}, .subject = "elsewhere", .groups = {"elsewhere"}},
                          {.id = {"rack@1"},
                           .scope = IncidentScope::kParent,
                           .subject = "rack",
                           .groups = {"elsewhere"}}};
  fleet.watch.restore(persisted_state, fleet.now, fleet.wall);
  EXPECT_THAT(told(fleet.sweeps(5).incidents),
              ElementsAre("ended rack partial", "ended elsewhere partial"));
  EXPECT_EQ(fleet.watch.state_of({0}), TargetState::kUp);
}

TEST(Continuity, AnotherInventoryKeepsWhatItShares) {
  WatchedFleet fleet(table_of_groups(3), {});
  fleet.sweeps(2);
  fleet.set({1}, 2, 8, Fate::kSilent);
  fleet.set({2}, 0, 1, Fate::kSilent);
  fleet.sweeps(10);
  ASSERT_THAT(fleet.watch.open_incidents(), SizeIs(2));

  // g0 grows, g1 loses its upper half, g2 leaves.
  std::vector<fakes::Row> rows;
  for (int i = 0; i < 10; ++i) rows.push_back({"198.18.0." + std::to_string(i), 80, "g0"});
  rows.push_back({"203.0.113.1", 80, "g0"});
  for (int i = 10; i < 15; ++i) rows.push_back({"198.18.0." + std::to_string(i), 80, "g1"});
  fleet.table = std::make_shared<inventory::TargetTable>(fakes::table_of(rows));
  fleet.fates.assign(fleet.table->size(), Fate::kOpens);
  fleet.set({1}, 2, 5, Fate::kSilent);
  const auto events = fleet.watch.reload(fleet.table, fleet.now, fleet.wall);
  ASSERT_THAT(told(events), ElementsAre("changed g1 partial", "ended g2 partial"));
  EXPECT_THAT(events[0].incident.missing, ElementsAre("198.18.0.12-198.18.0.14"));
  EXPECT_EQ(events[0].incident.expected, 5u);

  WatchedFleet next(fleet.table, {});
  next.fates = fleet.fates;
  next.watch = std::move(fleet.watch);
  next.now = fleet.now;
  next.wall = fleet.wall;
  EXPECT_THAT(told(next.sweeps(20).incidents), IsEmpty());
}

// As when a file of the inventory is replaced, and is not there for one look at it.
class AGroupThatLeftTheInventoryForAMoment : public testing::Test {
 protected:
  AGroupThatLeftTheInventoryForAMoment() {
    fleet_.sweeps(2);
    fleet_.set({1}, Fate::kSilent);
    EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g1 down"));
    const auto smaller = table_of_groups(1);
    EXPECT_THAT(told(fleet_.watch.reload(smaller, fleet_.now, fleet_.wall)),
                ElementsAre("ended g1 down"));
  }
  void comes_back(Duration after) {
    fleet_.now += after;
    fleet_.wall += after;
    EXPECT_THAT(fleet_.watch.reload(fleet_.table, fleet_.now, fleet_.wall), IsEmpty());
  }

  WatchedFleet fleet_{table_of_groups(2), {}};
};

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsToldOfAgainWhileItIsDown) {
  comes_back(1min);
  EXPECT_THAT(fleet_.watch.undecided(), SizeIs(10)) << "worth asking soon";
  EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g1 down"));
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsNotToldOfWhenItIsWell) {
  fleet_.set({1}, Fate::kOpens);
  comes_back(1min);
  const Changes changes = fleet_.sweeps(10);
  EXPECT_THAT(changes.incidents, IsEmpty());
  EXPECT_THAT(changes.transitions, IsEmpty()) << "it is as if it had not been away";
  EXPECT_EQ(fleet_.watch.status_of({1}).figures.answering, 10u);
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsNewAfterADay) {
  comes_back(25h);
  EXPECT_THAT(fleet_.sweeps(10).incidents, IsEmpty());
  EXPECT_EQ(fleet_.watch.status_of({1}).figures.never_answered, 10u);
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsToldOfAgainAlthoughTheWatchWasRestartedMeanwhile) {
  const auto whole = std::exchange(fleet_.table, table_of_groups(1));
  restart(fleet_);
  fleet_.table = whole;
  comes_back(1min);
  EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g1 down"));
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsToldOfAgainWhenTheRestartBringsItBack) {
  restart(fleet_);  // with both groups
  EXPECT_THAT(fleet_.watch.undecided(), SizeIs(10));
  EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g1 down"));
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsPartialAtTheUsualTimeWhenHalfOfItComesBack) {
  fleet_.set({1}, 0, 5, Fate::kOpens);
  restart(fleet_);
  EXPECT_THAT(told(fleet_.sweeps(5).incidents), ElementsAre("opened g1 partial"));
}

TEST_F(AGroupThatLeftTheInventoryForAMoment, IsNewAfterADayAndTwoRestarts) {
  const auto whole = std::exchange(fleet_.table, table_of_groups(1));
  restart(fleet_);
  fleet_.now += 24h;
  restart(fleet_);
  fleet_.table = whole;
  EXPECT_THAT(fleet_.watch.reload(whole, fleet_.now, fleet_.wall), IsEmpty());
  EXPECT_THAT(fleet_.sweeps(10).incidents, IsEmpty());
  EXPECT_EQ(fleet_.watch.status_of({1}).figures.never_answered, 10u);
}

TEST(Continuity, AGroupThatLeavesWhileTheWatchIsStoppedIsKnownWhenItReturns) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.sweeps(2);
  const auto whole = std::exchange(fleet.table, table_of_groups(1));
  restart(fleet);
  fleet.set({0}, Fate::kOpens);
  fleet.table = whole;
  fleet.fates.assign(20, Fate::kSilent);
  EXPECT_THAT(fleet.watch.reload(whole, fleet.now, fleet.wall), IsEmpty());
  EXPECT_THAT(told(fleet.sweeps(12).incidents), ElementsAre("opened fleet down"));
}

// The memory is read late: the history's disk was full, locked or not yet mounted.
class AMemoryThatIsReadLate : public testing::Test {
 protected:
  AMemoryThatIsReadLate() {
    fleet_.sweeps(2);
    fleet_.set({0}, 2, 4, Fate::kSilent);
    EXPECT_THAT(told(fleet_.sweeps(10).incidents), ElementsAre("opened g0 partial"));
    memory_ = fleet_.watch.persisted_state(fleet_.now);
    fleet_.now = TimePoint{1min};
    fleet_.wall += 1min;
    fleet_.watch = Watch(fleet_.table, Settings{});
  }
  std::vector<IncidentEvent> read() {
    return fleet_.watch.restore(memory_, fleet_.now, fleet_.wall);
  }

  WatchedFleet fleet_{table_of_groups(3), {}};
  PersistedState memory_;
};

TEST_F(AMemoryThatIsReadLate, GoesOnWithItsIncident) {
  EXPECT_THAT(fleet_.sweeps(10).incidents, IsEmpty());
  EXPECT_THAT(read(), IsEmpty());
  ASSERT_THAT(fleet_.watch.open_incidents(), SizeIs(1));
  EXPECT_EQ(fleet_.watch.open_incidents()[0].id, memory_.open[0].id);
  EXPECT_THAT(told(fleet_.sweeps(10).incidents), IsEmpty());
  fleet_.set({0}, Fate::kOpens);
  EXPECT_THAT(told(fleet_.sweeps(3).incidents), ElementsAre("ended g0 partial"));
}

TEST_F(AMemoryThatIsReadLate, EndsWhatHealedInBetween) {
  fleet_.set({0}, Fate::kOpens);
  EXPECT_THAT(fleet_.sweeps(10).incidents, IsEmpty());
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(told(fleet_.sweeps(1).incidents), ElementsAre("ended g0 partial"));
}

TEST_F(AMemoryThatIsReadLate, TellsWhatFailedSinceTheStop) {
  fleet_.set({1}, 0, 5, Fate::kSilent);
  EXPECT_THAT(fleet_.sweeps(10).incidents, IsEmpty()) << "it may never have answered";
  EXPECT_THAT(read(), IsEmpty());
  const Changes changes = fleet_.sweeps(3);
  EXPECT_THAT(told(changes.incidents), ElementsAre("opened g1 partial"));
  EXPECT_THAT(changes.transitions, SizeIs(5));
}

TEST_F(AMemoryThatIsReadLate, MakesOneIncidentOfTheOlderAndTheNewer) {
  fleet_.set({0}, Fate::kOpens);
  fleet_.sweeps(2);
  fleet_.set({0}, 5, 6, Fate::kSilent);
  ASSERT_THAT(told(fleet_.sweeps(6).incidents), ElementsAre("opened g0 partial"));
  const IncidentId newer = fleet_.watch.open_incidents().at(0).id;
  const auto events = read();
  ASSERT_THAT(told(events), ElementsAre("ended g0 partial"));
  EXPECT_EQ(events[0].incident.id, newer);
  EXPECT_EQ(events[0].incident.absorbed_by, memory_.open[0].id);
  const auto changed = fleet_.sweeps(2).incidents;
  ASSERT_THAT(told(changed), ElementsAre("changed g0 partial"));
  EXPECT_EQ(changed[0].incident.id, memory_.open[0].id);
  EXPECT_THAT(changed[0].incident.missing, ElementsAre("198.18.0.5"));
  EXPECT_THAT(read(), IsEmpty()) << "a second reading adds nothing";
}

// Its row is behind those of the fleet then, where a watch remembers nothing.
TEST(Continuity, ATargetThatBecameACanaryHasLeft) {
  const auto both = fakes::table_of({{"198.18.0.1", 80, "g0"}, {"198.18.0.2", 80, "g0"}});
  const auto one = fakes::table_of({{"198.18.0.1", 80, "g0"}});
  const std::vector<inventory::CanaryAddress> canaries{
      {*Address::parse("198.18.0.2"), Port{80}, inventory::CanaryKind::kUp}};
  const auto groups = one.groups();
  const auto labels = one.label_sets();
  const auto with_canary = std::make_shared<inventory::TargetTable>(
      fakes::rows_of(one), std::vector(groups.begin(), groups.end()),
      std::vector(labels.begin(), labels.end()), 0x5eed, canaries);
  WatchedFleet fleet(std::make_shared<inventory::TargetTable>(both), {});
  fleet.sweeps(2);
  fleet.watch.reload(with_canary, fleet.now, fleet.wall);
  EXPECT_EQ(fleet.watch.status_of({0}).figures.expected, 1u);
  fleet.watch.reload(fleet.table, fleet.now, fleet.wall);
  EXPECT_THAT(fleet.watch.undecided(), SizeIs(1)) << "it is back";

  Schedule former(both, {.fleet = 15min}, fleet.now);
  former.request_now(std::vector<TargetIndex>{{1}}, fleet.now);
  Schedule schedule(*with_canary, {.fleet = 15min}, former, both, fleet.now);
  EXPECT_THAT(schedule.begin(fleet.now).targets, SizeIs(1));
}

TEST(Continuity, ASweepOverAPartOfTheFleetJudgesThatPart) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.sweeps(2);
  // Only g1 is asked, with a table of its own.
  std::vector<fakes::Row> rows;
  for (int i = 10; i < 20; ++i) rows.push_back({"198.18.0." + std::to_string(i), 80, "g1"});
  rows.push_back({"203.0.113.9", 80, "g1"});  // left the inventory meanwhile
  const inventory::TargetTable part = fakes::table_of(rows);
  const std::vector<verdict::TargetProgress> silent(
      part.size(), verdict::settle_as(Fate::kSilent, inventory::Expect::kOpen));
  std::vector<IncidentEvent> events;
  for (int i = 0; i < 5; ++i) {
    fleet.now += 5s;
    fleet.wall += 5s;
    Changes changes = fleet.watch.add({part, silent, true, fleet.now, fleet.wall, 5s});
    std::ranges::move(changes.incidents, std::back_inserter(events));
  }
  EXPECT_THAT(told(events), ElementsAre("opened g1 down"));
  EXPECT_FALSE(fleet.watch.status_of({0}).trouble);
}

TEST(Continuity, AGroupThatNobodyAskedIsNotYetSettled) {
  WatchedFleet fleet(table_of_groups(2), {});
  fleet.sweeps(2);
  fleet.set({0}, Fate::kSilent);
  fleet.sweeps(10);
  fleet.set({0}, 0, 5, Fate::kOpens);
  fleet.sweeps(5);
  const inventory::TargetTable other = fakes::table_of({{"198.18.0.10", 80, "g1"}});
  const std::vector<verdict::TargetProgress> open{
      verdict::settle_as(Fate::kOpens, inventory::Expect::kOpen)};
  std::vector<IncidentEvent> events;
  for (int i = 0; i < 50; ++i) {
    fleet.now += 5s;
    fleet.wall += 5s;
    std::ranges::move(fleet.watch.add({other, open, true, fleet.now, fleet.wall, 5s}).incidents,
                      std::back_inserter(events));
  }
  EXPECT_THAT(told(events), ElementsAre("opened vantage cannot_judge"));
  EXPECT_TRUE(fleet.watch.status_of({0}).is_settling);
  EXPECT_THAT(told(fleet.sweep().incidents),
              ElementsAre("ended vantage cannot_judge", "changed g0 partial_after_reboot"));
}

TEST(Continuity, AtLongIntervalsTheUndecidedAreKnownAndARebootIsStillOneStory) {
  WatchedFleet fleet(table_of_groups(3), {});
  const auto sweep = [&] {
    fleet.now += 15min;
    fleet.wall += 15min;
    std::vector<verdict::TargetProgress> states;
    for (const Fate fate : fleet.fates) {
      states.push_back(verdict::settle_as(fate, inventory::Expect::kOpen));
    }
    const auto placed = fakes::by_place(*fleet.table, states);
    return fleet.watch.add({*fleet.table, placed, true, fleet.now, fleet.wall, 15min});
  };
  sweep();
  fleet.set({0}, 0, 5, Fate::kSilent);  // the server goes while the sweep runs
  sweep();
  EXPECT_THAT(fleet.watch.undecided(), SizeIs(5));
  fleet.set({0}, Fate::kSilent);
  sweep();
  EXPECT_THAT(told(sweep().incidents), ElementsAre("opened g0 down"));
  EXPECT_THAT(fleet.watch.undecided(), IsEmpty());
  fleet.set({0}, 3, 10, Fate::kOpens);
  sweep();
  EXPECT_FALSE(fleet.watch.settled_at());
  sweep();
  EXPECT_EQ(fleet.watch.settled_at(), fleet.now + 3min);
  EXPECT_THAT(told(sweep().incidents), ElementsAre("changed g0 partial_after_reboot"))
      << "a quarter of an hour between two sweeps does not make it two stories";
}

}  // namespace
}  // namespace rollcall::watch
