// Tests which receiver is notified of which change, and when: silences, repeats, restarts.
#include "scheduler/alert/announcer.h"

#include <gmock/gmock.h>

#include "tests/scheduler/history/testing.h"

namespace rollcall::alert {
namespace {

using history::testing::at;
using history::testing::event;
using history::testing::incident;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using enum watch::IncidentChange;

const Recipient kPager{.name = "pager"};
const Recipient kAlertmanager{.name = "am", .newest_only = true, .heartbeat = true};

Announcer announcer(std::vector<Recipient> recipients = {kPager, kAlertmanager}) {
  return Announcer({.site = "fra1", .vantage = "mon1", .recipients = std::move(recipients)});
}

watch::Silence silence(std::vector<std::string> groups, double from, double to,
                       std::map<std::string, std::string> labels = {}) {
  return {"s1", std::move(groups), std::move(labels), at(from), at(to), "anna", ""};
}

// "pager opened web42", in order.
std::vector<std::string> told(const std::vector<history::OutboxMessage>& messages) {
  std::vector<std::string> lines;
  for (const auto& message : messages) {
    const auto alert = alert_from(message);
    EXPECT_TRUE(alert) << alert.error().to_string();
    std::string line = message.receiver + " ";
    line += alert->kind == AlertKind::kIncident
                ? std::string(to_string(alert->change)) + " " + alert->incident.subject
                : std::string(to_string(alert->kind));
    lines.push_back(line);
  }
  return lines;
}

TEST(AnAnnouncer, TellsEveryReceiverOfEveryChangeOnce) {
  Announcer all = announcer();
  const auto web = incident("web42", 1);
  EXPECT_THAT(told(all.on_event(event(web, kOpened, 1), {}).messages),
              ElementsAre("pager opened web42", "am opened web42"));
  EXPECT_THAT(told(all.on_event(event(web, kChanged, 2), {}).messages),
              ElementsAre("pager changed web42", "am changed web42"));
  EXPECT_THAT(told(all.on_event(event(web, kEnded, 3), {}).messages),
              ElementsAre("pager ended web42", "am ended web42"));
}

TEST(AnAnnouncer, LinksToThePageWhereOneIsKnown) {
  Announcer all({.recipients = {kPager}, .page = "https://noc.example.net/rollcall"});
  const auto page_of = [&](const watch::Incident& incident) {
    return alert_from(all.on_event(event(incident, kOpened, 1), {}).messages.at(0))->page;
  };
  EXPECT_EQ(page_of(incident("web42", 1)), "https://noc.example.net/rollcall/#group=web42");
  EXPECT_EQ(page_of(incident("caf\u00e9 &1", 2)),
            "https://noc.example.net/rollcall/#group=caf%C3%A9%20%261");
  auto fleet = incident("fleet", 3);
  fleet.scope = watch::IncidentScope::kFleet;
  EXPECT_EQ(page_of(fleet), "https://noc.example.net/rollcall/");
}

TEST(AnAnnouncer, GivesEachMessageAKeyOfItsOwnAndTheSameOneForTheSameEvent) {
  const auto keys = [] {
    Announcer all = announcer();
    std::vector<std::string> result;
    const auto web = incident("web42", 1);
    for (const auto& one : {event(web, kOpened, 1), event(web, kChanged, 2),
                            event(web, kChanged, 3), event(web, kEnded, 4)}) {
      for (const auto& message : all.on_event(one, {}).messages) result.push_back(message.key);
    }
    return result;
  };
  auto sorted = keys();
  EXPECT_EQ(sorted, keys());
  std::ranges::sort(sorted);
  EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end());
}

TEST(AnAnnouncer, RecordsASilencedIncidentAndTellsNobody) {
  Announcer all = announcer();
  const watch::Silence window = silence({"web42"}, 0, 100);
  const auto web = incident("web42", 1);
  for (const auto& one : {event(web, kOpened, 1), event(web, kChanged, 2), event(web, kEnded, 3)}) {
    const Plan plan = all.on_event(one, {{window}});
    EXPECT_THAT(plan.messages, IsEmpty());
    EXPECT_EQ(plan.event.silenced_by, "s1");
    EXPECT_EQ(plan.event.change, one.change);
  }
  EXPECT_THAT(all.on_tick(at(200), {}), IsEmpty()) << "it has ended: nothing to tell";
}

TEST(AnAnnouncer, TellsWhenASilenceEndsBeforeItsIncident) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 0, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  EXPECT_THAT(all.on_tick(at(99), {{window}}), IsEmpty());
  const auto plans = all.on_tick(at(100), {{window}});
  ASSERT_THAT(plans, SizeIs(1));
  EXPECT_EQ(plans[0].event.silenced_by, "");
  EXPECT_EQ(plans[0].event.at, at(100));
  EXPECT_THAT(told(plans[0].messages), ElementsAre("pager opened web42"));
  EXPECT_THAT(all.on_tick(at(101), {{window}}), IsEmpty());
  EXPECT_THAT(told(all.on_event(event(incident("web42", 1), kEnded, 102), {}).messages),
              ElementsAre("pager ended web42"));
}

TEST(AnAnnouncer, SaysOpenedToWhoeverHearsOfItForTheFirstTime) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 0, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  const Plan plan = all.on_event(event(incident("web42", 1), kChanged, 100), {{window}});
  EXPECT_THAT(told(plan.messages), ElementsAre("pager opened web42"));
  EXPECT_EQ(plan.event.change, kChanged) << "the history keeps what happened";
}

TEST(AnAnnouncer, TellsTheEndOfWhatItAnnouncedAlsoInASilence) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 50, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  EXPECT_THAT(all.on_event(event(incident("web42", 1), kChanged, 60), {{window}}).messages,
              IsEmpty());
  EXPECT_THAT(told(all.on_event(event(incident("web42", 1), kEnded, 70), {{window}}).messages),
              ElementsAre("pager ended web42"));
}

// A receiver that got "partial" at night gets "partial after reboot" when the silence ends.
TEST(AnAnnouncer, TellsAfterASilenceWhatChangedInIt) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 50, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  auto worse = event(incident("web42", 1), kChanged, 60);
  worse.incident.now = watch::Trouble::kPartialAfterReboot;
  EXPECT_EQ(all.on_event(worse, {{window}}).event.silenced_by, "s1");
  EXPECT_THAT(all.on_tick(at(99), {{window}}), IsEmpty());
  const auto plans = all.on_tick(at(100), {{window}});
  ASSERT_THAT(plans, SizeIs(1));
  EXPECT_THAT(told(plans[0].messages), ElementsAre("pager changed web42"));
  EXPECT_EQ(plans[0].event.incident.now, watch::Trouble::kPartialAfterReboot);
  EXPECT_EQ(plans[0].event.silenced_by, "");
  EXPECT_THAT(all.on_tick(at(101), {{window}}), IsEmpty()) << "once";
}

TEST(AnAnnouncer, RestatesThatItAnnouncedAndWhatItOwes) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 50, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  all.on_event(event(incident("web42", 1), kChanged, 60), {{window}});
  std::vector<std::string> silenced_by;
  for (const auto& restated : all.restated(at(61))) silenced_by.push_back(restated.silenced_by);
  EXPECT_THAT(silenced_by, ElementsAre("", "s1"));
}

TEST(AnAnnouncer, KnowsAfterARestartWhatItOwes) {
  Announcer all = announcer({kPager});
  const auto is_pending = incident("web42", 1);
  const auto notified_all = incident("web43", 1);
  all.restore({is_pending, notified_all},
              std::vector<watch::NotifiedIncident>{{is_pending.id, true}, {notified_all.id}});
  const auto plans = all.on_tick(at(100), {});
  ASSERT_THAT(plans, SizeIs(1));
  EXPECT_THAT(told(plans[0].messages), ElementsAre("pager changed web42"));
}

TEST(AnAnnouncer, TellsNobodyOfAnIncidentThatMerelyReadsOtherwise) {
  Announcer all = announcer({kPager});
  all.on_event(event(incident("web42", 1), kOpened, 1), {});
  auto verified = incident("web42", 1);
  verified.verified_by = {"otto"};
  EXPECT_THAT(all.amend(verified, at(5)).incident.verified_by, ElementsAre("otto"));
  EXPECT_THAT(all.on_tick(at(6), {}), IsEmpty());
  EXPECT_THAT(all.restated(at(7)).at(0).incident.verified_by, ElementsAre("otto"));
}

TEST(AnAnnouncer, TellsNothingNewBeforeTheSilencesAreKnown) {
  Announcer all = announcer({kPager});
  all.hold(true);
  EXPECT_THAT(all.on_event(event(incident("web42", 1), kOpened, 1), {}).messages, IsEmpty());
  EXPECT_THAT(all.on_event(event(incident("web43", 1), kOpened, 1), {}).messages, IsEmpty());
  EXPECT_THAT(all.on_tick(at(5), {}), IsEmpty());
  all.hold(false);
  const watch::Silence window = silence({"web42"}, 0, 10);
  const auto plans = all.on_tick(at(6), {{window}});
  ASSERT_THAT(plans, SizeIs(1));
  EXPECT_THAT(told(plans[0].messages), ElementsAre("pager opened web43"));
}

TEST(AnAnnouncer, EndsNoAlertAtAnAlertmanagerThatGoesOnAsAnOlderIncidentOfThatName) {
  Announcer all = announcer({kPager, kAlertmanager});
  auto newer = incident("web42", 5);
  all.on_event(event(newer, kOpened, 5), {});
  const auto older = incident("web42", 1);
  all.restore({older}, std::vector<watch::NotifiedIncident>{{older.id}});
  newer.absorbed_by = older.id;
  const Plan plan = all.on_event(event(newer, kEnded, 9), {});
  EXPECT_THAT(told(plan.messages), ElementsAre("pager ended web42"));
}

TEST(AnAnnouncer, SaysNoEndOfWhatItNeverAnnounced) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 0, 10);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  const Plan plan = all.on_event(event(incident("web42", 1), kEnded, 10), {{window}});
  EXPECT_THAT(plan.messages, IsEmpty());
  EXPECT_EQ(plan.event.silenced_by, "s1");
}

TEST(Repeats, SayWhatFiresAndForFiveMinutesWhatHasEnded) {
  Announcer all = announcer();
  all.on_event(event(incident("web42", 1), kOpened, 1), {});
  all.on_event(event(incident("web43", 1), kOpened, 1), {});
  all.on_event(event(incident("web43", 1), kEnded, 10), {});
  EXPECT_THAT(told(all.repeats(at(310), true)),
              UnorderedElementsAre("am changed web42", "am ended web43", "am heartbeat"));
  EXPECT_THAT(told(all.repeats(at(311), true)),
              UnorderedElementsAre("am changed web42", "am heartbeat"));
  for (const auto& message : all.repeats(at(311), true)) EXPECT_FALSE(message.stored);
}

TEST(Repeats, NeverSayThatAnIncidentEndedWhichHasOpenedAgain) {
  Announcer all = announcer();
  all.on_event(event(incident("web42", 1), kOpened, 1), {});
  all.on_event(event(incident("web42", 1), kEnded, 10), {});
  all.on_event(event(incident("web42", 20), kOpened, 20), {});
  EXPECT_THAT(told(all.repeats(at(21), true)),
              UnorderedElementsAre("am changed web42", "am heartbeat"));
}

TEST(Repeats, KeepAnAnnouncedIncidentFiringInASilenceAndSayNothingOfOneThatWasNot) {
  Announcer all = announcer();
  const watch::Silence window = silence({"web42", "web43"}, 5, 100);
  all.on_event(event(incident("web42", 1), kOpened, 1), {{window}});
  all.on_event(event(incident("web43", 6), kOpened, 6), {{window}});
  EXPECT_THAT(told(all.repeats(at(10), true)),
              UnorderedElementsAre("am changed web42", "am heartbeat"));
}

TEST(Repeats, HoldTheHeartbeatBackWhileTheWatchCannotJudge) {
  Announcer all = announcer();
  all.on_event(event(incident("web42", 1), kOpened, 1), {});
  EXPECT_THAT(told(all.repeats(at(10), false)), ElementsAre("am changed web42"));
}

TEST(Heartbeats, OfAlertmanagersAreRepeatedWithTheirStatesAndAllOthersBesides) {
  Announcer all = announcer({kAlertmanager, {.name = "hook", .heartbeat = true}});
  EXPECT_THAT(told(all.repeats(at(10), true)), ElementsAre("am heartbeat"));
  EXPECT_THAT(told(all.heartbeats(at(10), true)), ElementsAre("hook heartbeat"));
  EXPECT_THAT(all.heartbeats(at(10), false), IsEmpty());
}

TEST(Repeats, GoOnAfterARestart) {
  Announcer all = announcer({kAlertmanager});
  const auto told_before = incident("web42", 1);
  const auto held = incident("web43", 1);
  all.restore({told_before, held}, std::vector<watch::NotifiedIncident>{{told_before.id}});
  EXPECT_THAT(told(all.repeats(at(10), true)),
              UnorderedElementsAre("am changed web42", "am heartbeat"));
  const auto plans = all.on_tick(at(11), {});
  ASSERT_THAT(plans, SizeIs(1));
  EXPECT_THAT(told(plans[0].messages), ElementsAre("am opened web43"));
  EXPECT_THAT(told(all.on_event(event(told_before, kEnded, 12), {}).messages),
              ElementsAre("am ended web42"));
}

TEST(AnAnnouncer, KnowsAfterARestartThatASilenceHoldsAnIncidentBack) {
  Announcer all = announcer({kPager});
  const watch::Silence window = silence({"web42"}, 0, 100);
  all.restore({incident("web42", 1)}, {});
  EXPECT_THAT(all.on_tick(at(10), {{window}}), IsEmpty());
  const auto restated = all.restated(at(11));
  ASSERT_THAT(restated, SizeIs(1));
  EXPECT_EQ(restated[0].silenced_by, "s1") << "else the history says that it was announced";
}

TEST(ATestMessage, SaysThatItIsOne) {
  const auto message = announcer().test_message(kPager, at(1));
  const auto alert = alert_from(message);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->kind, AlertKind::kTest);
  EXPECT_EQ(alert->vantage, "mon1");
  EXPECT_FALSE(message.stored);
}

}  // namespace
}  // namespace rollcall::alert
