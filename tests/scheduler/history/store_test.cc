// Tests that a reader gets every committed row, also on another connection and after a restart.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "engine/base/text/words.h"
#include "scheduler/history/incident_json.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

#ifdef ROLLCALL_SANITIZED
constexpr auto kLoadMax = seconds(30);
#else
constexpr auto kLoadMax = seconds(1);
#endif

class HistoryStore : public ::testing::Test {
 protected:
  void commit(const Batch& batch) { EXPECT_TRUE(succeeded(store_->commit(batch))); }
  void restart() {
    store_.reset();
    store_ = open_store(folder_.path(), clock_);
  }

  TemporaryFolder folder_;
  fakes::FakeClock clock_;
  std::unique_ptr<SqliteStore> store_ = open_store(folder_.path(), clock_);
  Reader reader_{folder_.path()};
};

TEST_F(HistoryStore, GivesBackATransitionAsItWasWritten) {
  commit({.transitions = {transition(7)}});
  const auto page = value_of(reader_.transitions({}));
  ASSERT_THAT(page.rows, SizeIs(1));
  const watch::Transition& read = page.rows[0];
  EXPECT_EQ(read.at, at(7));
  EXPECT_EQ(read.group, "web42");
  EXPECT_EQ(read.address, address(7));
  EXPECT_EQ(read.port, Port{80});
  EXPECT_EQ(read.from, watch::TargetState::kSuspect);
  EXPECT_EQ(read.to, watch::TargetState::kMissing);
  EXPECT_EQ(read.evidence, "syn:timeout connect:timeout");
}

TEST_F(HistoryStore, FindsTransitionsByGroupByAddressAndByTime) {
  auto of_v6 = transition(4, "v6");
  of_v6.address = Address::parse("2001:db8::1").value();
  commit({.transitions = {transition(1), transition(2, "web43"), transition(3), of_v6}});
  const auto times = [](const Result<Page<watch::Transition>>& page) {
    std::vector<WallTime> result;
    for (const auto& row : value_of(page).rows) result.push_back(row.at);
    return result;
  };
  EXPECT_THAT(times(reader_.transitions_of_group("web42", {})), ElementsAre(at(3), at(1)));
  EXPECT_THAT(times(reader_.transitions_of_address(address(2), {})), ElementsAre(at(2)));
  EXPECT_THAT(times(reader_.transitions_of_address(of_v6.address, {})), ElementsAre(at(4)));
  EXPECT_THAT(times(reader_.transitions({.range = {at(2), at(4)}})), ElementsAre(at(3), at(2)));
  EXPECT_THAT(times(reader_.transitions_of_group("web42", {.range = {at(2), at(4)}})),
              ElementsAre(at(3)));
}

TEST_F(HistoryStore, PagesThroughRowsOfOneInstantWithoutLosingOrRepeatingAny) {
  Batch batch;
  for (std::uint32_t n = 0; n < 25; ++n) {
    batch.transitions.push_back(transition(n));
    batch.transitions.back().at = at(n < 20 ? 5 : 6);
  }
  commit(batch);
  std::vector<Address> seen;
  PageRequest request{.rows = 10};
  for (std::size_t expected : {10, 10, 5}) {
    const auto page = value_of(reader_.transitions(request));
    ASSERT_THAT(page.rows, SizeIs(expected));
    for (const auto& row : page.rows) seen.push_back(row.address);
    EXPECT_EQ(page.next.has_value(), expected == 10);
    if (page.next) request.after = *page.next;
  }
  std::ranges::sort(seen);
  EXPECT_THAT(seen, SizeIs(25));
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_F(HistoryStore, HoldsTheSuspicionsOfTheLastBatchThatHadAny) {
  Batch batch;
  batch.suspicions = {{address(1), Port{443}, at(1), at(2), at(3)},
                      {address(2), Port{443}, at(1), std::nullopt, at(3)}};
  commit(batch);
  commit({});
  const auto kept = value_of(reader_.suspicions());
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].failing_since, at(1));
  EXPECT_EQ(kept[0].silent_since, at(2));
  EXPECT_EQ(kept[1].silent_since, std::nullopt);
  EXPECT_EQ(kept[1].judged_at, at(3));
  batch.suspicions->clear();
  commit(batch);
  EXPECT_THAT(value_of(reader_.suspicions()), SizeIs(0));
}

TEST_F(HistoryStore, NeverGivesMoreThanAPage) {
  Batch batch;
  for (std::uint32_t n = 0; n <= kPageRowsMax; ++n) batch.transitions.push_back(transition(n));
  commit(batch);
  const auto page = value_of(reader_.transitions({.rows = 1'000'000}));
  EXPECT_THAT(page.rows, SizeIs(kPageRowsMax));
  EXPECT_TRUE(page.next);
}

TEST_F(HistoryStore, GivesBackAnOpenIncidentWithAllItsFields) {
  const auto written = incident("web42", 10);
  commit({.incident_events = {event(written, watch::IncidentChange::kOpened, 11)}});
  restart();
  const auto open = value_of(reader_.open_incidents());
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].id, written.id);
  EXPECT_EQ(open[0].scope, written.scope);
  EXPECT_EQ(open[0].subject, written.subject);
  EXPECT_EQ(open[0].groups, written.groups);
  EXPECT_EQ(open[0].started_at, written.started_at);
  EXPECT_EQ(open[0].ended_at, std::nullopt);
  EXPECT_EQ(open[0].worst, watch::Trouble::kDown);
  EXPECT_EQ(open[0].now, watch::Trouble::kPartial);
  EXPECT_EQ(open[0].expected, 254U);
  EXPECT_EQ(open[0].answering, 217U);
  EXPECT_EQ(open[0].missing, written.missing);
  EXPECT_EQ(open[0].closed, written.closed);
  EXPECT_EQ(open[0].sentence, written.sentence);
  EXPECT_EQ(open[0].note, written.note);
  EXPECT_EQ(open[0].labels, written.labels);
  EXPECT_EQ(open[0].verified_by, written.verified_by);
}

TEST_F(HistoryStore, KeepsAnIncidentsEventsAndKnowsItsEnd) {
  const auto web = incident("web42", 10);
  auto silenced = event(web, watch::IncidentChange::kChanged, 12);
  silenced.silenced_by = "s1";
  commit({.incident_events = {event(web, watch::IncidentChange::kOpened, 11), silenced}});
  commit({.incident_events = {event(web, watch::IncidentChange::kEnded, 20)}});
  EXPECT_THAT(value_of(reader_.open_incidents()), SizeIs(0));
  const auto events = value_of(reader_.incident_events(web.id, {})).rows;
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].change, watch::IncidentChange::kEnded);
  EXPECT_EQ(events[1].change, watch::IncidentChange::kChanged);
  EXPECT_EQ(events[1].silenced_by, "s1");
  EXPECT_EQ(events[2].change, watch::IncidentChange::kOpened);
  EXPECT_EQ(events[2].answering, 217U);
}

TEST_F(HistoryStore, FindsTheIncidentsThatWereOpenAtAnyTimeOfARange) {
  const auto ended = [](const char* name, double from, double to) {
    return event(incident(name, from), watch::IncidentChange::kEnded, to);
  };
  commit({.incident_events = {ended("before", 1, 9), ended("into", 5, 15), ended("within", 12, 13),
                              ended("after", 30, 31),
                              event(incident("open", 3), watch::IncidentChange::kOpened, 3)}});
  std::vector<std::string> subjects;
  for (const auto& row : value_of(reader_.incidents({.range = {at(10), at(20)}})).rows) {
    subjects.push_back(row.subject);
  }
  EXPECT_THAT(subjects, ElementsAre("within", "into", "open"));
}

TEST_F(HistoryStore, LeadsThroughTheIncidentsOfOneGroup) {
  Batch batch;
  for (int i = 0; i < 30; ++i) {
    auto one = incident(i % 3 == 0 ? "web42" : "web4", i);
    if (i % 10 == 5) one.groups = {"web1", "we\"b", "web42"};  // of a rack
    batch.incident_events.push_back(event(one, watch::IncidentChange::kOpened, i));
  }
  commit(batch);
  for (const std::uint32_t rows : {1U, 4U, 13U, 100U}) {
    std::vector<WallTime> times;
    PageRequest request{.rows = rows};
    for (bool more = true; more;) {
      const auto page = value_of(reader_.incidents_of_group("web42", request));
      ASSERT_LE(page.rows.size(), rows);
      for (const auto& row : page.rows) times.push_back(row.started_at);
      more = page.next.has_value();
      if (more) request.after = *page.next;
    }
    EXPECT_THAT(times, ElementsAre(at(27), at(25), at(24), at(21), at(18), at(15), at(12), at(9),
                                   at(6), at(5), at(3), at(0)))
        << rows;
  }
  EXPECT_THAT(value_of(reader_.incidents_of_group("we\"b", {})).rows, SizeIs(3));
  EXPECT_THAT(value_of(reader_.incidents_of_group("web", {})).rows, SizeIs(0));
}

TEST_F(HistoryStore, BreaksOffWhatTakesTooLongAndReadsOn) {
  Batch batch;
  for (int i = 0; i < 5000; ++i)
    batch.sweeps.push_back({.started_at = at(i), .duration = seconds(1)});
  commit(batch);
  Reader hasty(folder_.path(), Duration{});
  const TimeRange all{at(0), at(5000)};
  const auto broken_off = hasty.sweep_points(all, 10);
  ASSERT_FALSE(broken_off);
  EXPECT_EQ(broken_off.error().code, ErrorCode::kSystem);
  EXPECT_THAT(broken_off.error().context, ::testing::HasSubstr("it took too long"));
  EXPECT_TRUE(hasty.inventory());
  EXPECT_FALSE(hasty.sweep_points(all, 10)) << "the second time";
  EXPECT_THAT(value_of(reader_.sweep_points(all, 10)), SizeIs(10));
  EXPECT_THAT(value_of(Reader(folder_.path(), seconds(60)).sweep_points(all, 10)), SizeIs(10));
}

TEST_F(HistoryStore, ACompleteBatchEndsWhatItDoesNotNameAndForgetsOtherTargets) {
  const auto record = [](std::uint32_t n) {
    return watch::TargetRecord{address(n), Port{80}, watch::TargetState::kUp, at(1)};
  };
  commit({.incident_events = {event(incident("web42", 1), watch::IncidentChange::kOpened, 1),
                              event(incident("web43", 2), watch::IncidentChange::kOpened, 2)},
          .target_states = {record(1), record(2)}});
  commit({.incident_events = {event(incident("web43", 2), watch::IncidentChange::kChanged, 9)},
          .target_states = {record(2), record(3)},
          .complete = true,
          .at = at(9)});
  const auto open = value_of(reader_.open_incidents());
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].subject, "web43");
  EXPECT_EQ(value_of(reader_.incidents({})).rows.at(1).ended_at, at(9));
  const auto states = value_of(reader_.target_states());
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_EQ(states[0].address, address(2));
  EXPECT_EQ(states[1].address, address(3));
}

TEST_F(HistoryStore, AFreshOneWantsEverythingUntilACompleteBatch) {
  EXPECT_TRUE(store_->wants_everything());
  commit({.transitions = {transition(1)}});
  EXPECT_TRUE(store_->wants_everything());
  commit({.complete = true, .at = at(1)});
  EXPECT_FALSE(store_->wants_everything());
  restart();
  EXPECT_FALSE(store_->wants_everything());
}

TEST_F(HistoryStore, LoadsTheStatesOfAHundredThousandTargetsInWellUnderASecond) {
  Batch batch{.complete = true, .at = at(0)};
  for (std::uint32_t n = 0; n < 100'000; ++n) {
    batch.target_states.push_back({address(n), Port{443}, watch::TargetState::kUp, at(n)});
  }
  commit(batch);
  restart();
  const auto begun = std::chrono::steady_clock::now();
  const auto states = value_of(reader_.target_states());
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_THAT(states, SizeIs(100'000));
  EXPECT_LT(took, kLoadMax);
  RecordProperty("microseconds", static_cast<int>(took.count() / 1000));
}

TEST_F(HistoryStore, LosesOnlyTheRowsThatCannotBeRead) {
  Batch batch{.complete = true, .at = at(0)};
  for (std::uint32_t n = 1; n <= 3; ++n) {
    batch.target_states.push_back({address(n), Port{443}, watch::TargetState::kUp, at(n)});
    const auto subject = fmt::format("web4{}", n);
    batch.incident_events.push_back(event(incident(subject, n), watch::IncidentChange::kOpened, 1));
    batch.silences.push_back({.id = subject, .groups = {subject}, .ends_at = at(100)});
  }
  batch.target_states[2].left_at = at(9);
  commit(batch);
  SQLite::Database database(folder_.file(), SQLite::OPEN_READWRITE);
  database.exec("UPDATE target_states SET state = 'asleep' WHERE since = " +
                std::to_string(at(2).time_since_epoch().count()));
  database.exec("UPDATE incidents SET document = '{' WHERE name LIKE 'web41%'");
  database.exec("UPDATE silences SET groups = 'x' WHERE id = 'web43'");
  const auto states = value_of(reader_.target_states());
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_EQ(states[0].address, address(1));
  EXPECT_FALSE(states[0].left_at);
  EXPECT_EQ(states[1].left_at, at(9));
  EXPECT_THAT(value_of(reader_.open_incidents()), SizeIs(2));
  EXPECT_THAT(value_of(reader_.silences_not_ended(at(5))), SizeIs(2));
  EXPECT_THAT(reader_.take_losses(),
              ElementsAre(HasSubstr("1 row of target states"), HasSubstr("open incidents"),
                          HasSubstr("silences")));
  EXPECT_THAT(reader_.take_losses(), SizeIs(0));
}

TEST_F(HistoryStore, DoesNotWriteToAFileThatAnotherOneTookThePlaceOf) {
  commit({.transitions = {transition(1)}});
  std::filesystem::rename(folder_.file(), folder_.file("away"));
  const auto refused = store_->commit({.transitions = {transition(2)}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sys_errno, ESTALE);
  EXPECT_THAT(refused.error().context, HasSubstr("was moved"));
}

TEST_F(HistoryStore, HoldsAMessageUntilItIsSettled) {
  commit({.messages = {message("a"), message("b", "mail"), message("a", "not a second a")}});
  commit({.deliveries = {{"a", at(2), 3, "delivered"}}});
  restart();
  const auto pending = value_of(reader_.pending_messages(0));
  ASSERT_THAT(pending, SizeIs(1));
  EXPECT_EQ(pending[0].second.key, "b");
  EXPECT_EQ(pending[0].second.receiver, "mail");
  EXPECT_EQ(pending[0].second.subject, "subject of b");
  EXPECT_EQ(pending[0].second.payload, message("b").payload);
  EXPECT_THAT(value_of(reader_.pending_messages(pending[0].first)), SizeIs(0));
}

TEST_F(HistoryStore, KnowsWhichOpenIncidentsWereAnnounced) {
  const auto told = incident("web42", 1);
  const auto silenced = [](watch::IncidentEvent event) {
    event.silenced_by = "s1";
    return event;
  };
  using enum watch::IncidentChange;
  commit({.incident_events = {event(told, kOpened, 1), silenced(event(told, kChanged, 2)),
                              silenced(event(incident("web43", 1), kOpened, 1)),
                              event(incident("web44", 1), kOpened, 1),
                              event(incident("web44", 1), kEnded, 2),
                              event(incident("web45", 1), kOpened, 1)}});
  std::map<std::string, bool> is_pending;
  for (const watch::NotifiedIncident& one : value_of(reader_.announced_incidents())) {
    is_pending[one.id.value] = one.is_pending;
  }
  EXPECT_EQ(is_pending, (std::map<std::string, bool>{{told.id.value, true},
                                                     {incident("web45", 1).id.value, false}}));
}

TEST_F(HistoryStore, KnowsTheSilencesOfAMoment) {
  watch::Silence window{"s1", {"web42"}, {{"rack", "r7"}}, at(10), at(20), "anna", "new disks"};
  commit({.silences = {window, {"s2", {"web43"}, {}, at(30), at(40), "", ""}}});
  EXPECT_THAT(value_of(reader_.silences_active(at(9))), SizeIs(0));
  EXPECT_THAT(value_of(reader_.silences_active(at(20))), SizeIs(0));
  const auto active = value_of(reader_.silences_active(at(10)));
  ASSERT_THAT(active, SizeIs(1));
  EXPECT_EQ(active[0].id, "s1");
  EXPECT_EQ(active[0].groups, window.groups);
  EXPECT_EQ(active[0].labels, window.labels);
  EXPECT_EQ(active[0].starts_at, at(10));
  EXPECT_EQ(active[0].ends_at, at(20));
  EXPECT_EQ(active[0].author, "anna");
  EXPECT_EQ(active[0].reason, "new disks");
  EXPECT_THAT(value_of(reader_.silences_not_ended(at(15))), SizeIs(2));

  window.ends_at = at(12);  // ended early
  commit({.silences = {window}});
  EXPECT_THAT(value_of(reader_.silences_active(at(13))), SizeIs(0));
}

TEST_F(HistoryStore, KeepsSweepsVerificationsAndNotes) {
  watch::SweepSummary sweep{.started_at = at(5),
                            .duration = seconds(2),
                            .targets = 9,
                            .open = 4,
                            .closed = 3,
                            .missing = 2,
                            .unknown = 1,
                            .conclusive = false,
                            .reason = "ring drops",
                            .rate_pps = 4.5,
                            .probes_sent = 1ULL << 40,
                            .replies = 8,
                            .loss = 0.25};
  commit({.sweeps = {sweep},
          .notes = {{"web42", "first", "anna", at(1)},
                    {"web42", "second", "bert", at(2)},
                    {"web43", "gone", "anna", at(1)},
                    {"web43", "", "anna", at(2)}},
          .verifications = {{at(3), "web42", "anna", true, 254, 254}}});
  const auto read = value_of(reader_.sweeps({})).rows.at(0);
  EXPECT_EQ(read.started_at, sweep.started_at);
  EXPECT_EQ(read.duration, sweep.duration);
  EXPECT_EQ(read.targets, 9U);
  EXPECT_EQ(read.unknown, 1U);
  EXPECT_FALSE(read.conclusive);
  EXPECT_EQ(read.reason, "ring drops");
  EXPECT_EQ(read.rate_pps, 4.5);
  EXPECT_EQ(read.probes_sent, 1ULL << 40);
  EXPECT_EQ(read.replies, 8U);
  EXPECT_EQ(read.loss, 0.25);
  const auto notes = value_of(reader_.notes());
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].text, "second");
  EXPECT_EQ(notes[0].author, "bert");
  const auto verification = value_of(reader_.verifications("web42", {})).rows.at(0);
  EXPECT_EQ(verification.by, "anna");
  EXPECT_TRUE(verification.passed);
  EXPECT_EQ(verification.expected, 254U);
}

TEST_F(HistoryStore, AddsUpTheRollupsOfOneGroupAndHour) {
  commit({.rollups = {{at(0), "web42", 3, 254, 200, 250.0}}});
  commit({.rollups = {{at(0), "web42", 1, 255, 190, 210.0}, {at(3600), "web42", 1, 1, 1, 1.0}}});
  const auto rows = value_of(reader_.rollups("web42", {})).rows;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].sweeps, 4U);
  EXPECT_EQ(rows[1].expected, 255U);
  EXPECT_EQ(rows[1].answering_min, 190U);
  EXPECT_DOUBLE_EQ(rows[1].answering_mean, 240.0);
}

TEST_F(HistoryStore, OfAGroupThatGrewWithinTheHourSaysThatItLostNobody) {
  commit({.rollups = {{at(0), "web42", 3, 200, 200, 200.0}}});
  commit({.rollups = {{at(0), "web42", 3, 254, 254, 254.0}}});
  const auto rows = value_of(reader_.rollups("web42", {})).rows;
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].expected, rows[0].answering_min);
}

TEST_F(HistoryStore, KeepsTheLastInventoryByteForByteAndNoticesABitThatFlipped) {
  EXPECT_EQ(value_of(reader_.inventory()).has_value(), false);
  const std::string text("address,group\n10.0.0.1,a\0b\xff\n", 27);
  commit({.inventory = StoredInventory{at(1), "older"}});
  commit({.inventory = StoredInventory{at(2), text}});
  restart();
  EXPECT_EQ(value_of(reader_.inventory())->text, text);
  EXPECT_EQ(value_of(reader_.inventory())->at, at(2));
  SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE)
      .exec("UPDATE inventory SET document = x'00'");
  EXPECT_FALSE(value_of(reader_.inventory()));
  EXPECT_THAT(reader_.take_losses(), SizeIs(1));
}

TEST_F(HistoryStore, AppliesAStampedBatchOnceHoweverOftenItIsGiven) {
  Batch batch{
      .stamp = {7, 1}, .transitions = {transition(1)}, .rollups = {{at(0), "g", 1, 1, 1, 1}}};
  commit(batch);
  commit(batch);
  restart();
  commit(batch);
  EXPECT_THAT(value_of(reader_.transitions({})).rows, SizeIs(1));
  EXPECT_EQ(value_of(reader_.rollups("g", {})).rows.at(0).sweeps, 1U);
  batch.stamp = {7, 2};
  commit(batch);
  EXPECT_THAT(value_of(reader_.transitions({})).rows, SizeIs(2));
  batch.stamp = {8, 1};  // another process
  commit(batch);
  EXPECT_THAT(value_of(reader_.transitions({})).rows, SizeIs(3));
}

TEST_F(HistoryStore, DrawsManySweepsAsFewPointsThatHideNoPeak) {
  std::vector<watch::SweepSummary> sweeps;
  for (int i = 0; i < 1000; ++i) {
    sweeps.push_back({.started_at = at(10 * i),
                      .duration = seconds(i == 777 ? 60 : 2),
                      .missing = i == 333 ? 37U : 0U,
                      .unknown = i == 444 ? 5U : 0U,
                      .rate_pps = i < 500 ? 100.0 : 300.0,
                      .loss = i < 500 ? std::nullopt : std::optional(i == 888 ? 0.5 : 0.0)});
  }
  commit({.sweeps = sweeps});
  const auto points = value_of(reader_.sweep_points({.from = at(0), .to = at(10'000)}, 10));
  ASSERT_THAT(points, SizeIs(10));
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].started_at, at(1000 * static_cast<int>(i)));
    EXPECT_EQ(points[i].sweeps, 100U);
    EXPECT_EQ(points[i].rate_pps, i < 5 ? 100 : 300);
    EXPECT_EQ(points[i].duration, seconds(i == 7 ? 60 : 2));
    EXPECT_EQ(points[i].missing, i == 3 ? 37U : 0U);
    EXPECT_EQ(points[i].unknown, i == 4 ? 5U : 0U);
    EXPECT_EQ(points[i].loss, i < 5 ? std::nullopt : std::optional(i == 8 ? 0.5 : 0.0));
  }
}

TEST_F(HistoryStore, DrawsOnlyTheSweepsOfTheRangeAndNothingWhereThereIsNone) {
  commit({.sweeps = {{.started_at = at(1)}, {.started_at = at(5)}, {.started_at = at(9)}}});
  const auto points = value_of(reader_.sweep_points({.from = at(5), .to = at(9)}, 100));
  ASSERT_THAT(points, SizeIs(1));
  EXPECT_EQ(points[0].started_at, at(5));
  EXPECT_THAT(value_of(reader_.sweep_points({.from = at(20), .to = at(30)}, 100)), SizeIs(0));
}

TEST_F(HistoryStore, StoresHostileTextsAsTextsAndBoundsThem) {
  auto row = transition(1);
  row.group = "'); DROP TABLE transitions; --";
  row.evidence = std::string(100'000, 'x') + "\xc3\xa4";
  auto broken = incident("web42", 1);
  broken.note = "\xff\xfe no UTF-8 \x1b[2J";
  broken.missing.assign(100'000, "10.0.0.1-10.0.0.9");
  watch::SweepSummary sweep{.started_at = at(1),
                            .rate_pps = std::numeric_limits<double>::quiet_NaN()};
  commit({.transitions = {row},
          .incident_events = {event(broken, watch::IncidentChange::kOpened, 1)},
          .sweeps = {sweep}});
  const auto read = value_of(reader_.transitions_of_group(row.group, {})).rows.at(0);
  EXPECT_EQ(read.group, row.group);
  EXPECT_EQ(read.evidence.size(), kTextBytesMax);
  EXPECT_THAT(value_of(reader_.open_incidents()).at(0).missing, SizeIs(kRangesMax));
  EXPECT_EQ(value_of(reader_.sweeps({})).rows.at(0).rate_pps, 0);
}

TEST(Clipped, CutsNoCharacterInTwo) {
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(clipped("abcd", 3), "abc");
  EXPECT_EQ(clipped("ab\xc3\xa4", 3), "ab");
  EXPECT_EQ(clipped("\xf0\x9f\x98\x80x", 3), "");
  EXPECT_EQ(clipped("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80");
}

TEST(ReadingBeforeThereIsAFile, IsAnErrorAndNoCrash) {
  TemporaryFolder folder;
  Reader reader(folder.path());
  EXPECT_FALSE(reader.open_incidents());
  EXPECT_FALSE(std::filesystem::exists(folder.file()));
}

}  // namespace
}  // namespace rollcall::history
