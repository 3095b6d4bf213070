#include "cli/web/api/sentence.h"

#include <gmock/gmock.h>

#include "tests/cli/web/small_view.h"

namespace rollcall::web {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

TEST(ASentence, SaysWhatWasLostAndSinceWhen) {
  struct Case {
    watch::Trouble trouble;
    std::uint32_t expected;
    std::uint32_t answering;
    Duration age;
    const char* words;
  };
  using enum watch::Trouble;
  using namespace std::chrono_literals;
  for (const Case& c :
       {Case{kPartial, 254, 237, 3s, "; web02 lost 17 addresses 3 seconds ago"},
        Case{kPartial, 254, 253, 1s, "; web02 lost 1 address 1 second ago"},
        Case{kPartial, 65536, 64000, 3h, "; web02 lost 1,536 addresses 3 hours ago"},
        Case{kPartialAfterReboot, 254, 237, 4min,
             "; web02 lost 17 addresses after its reboot 4 minutes ago"},
        Case{kPartialAfterReboot, 2, 1, 2min,
             "; web02 lost 1 address after its reboot 2 minutes ago"},
        Case{kDown, 254, 0, 5min, "; web02 has been down for 5 minutes"}}) {
    FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
    watch::Incident incident;
    incident.subject = "web02";
    incident.now = c.trouble;
    incident.expected = c.expected;
    incident.answering = c.answering;
    incident.started_at = view.at - c.age;
    view.incidents.push_back(incident);
    EXPECT_THAT(fleet_sentence(view), EndsWith(c.words));
  }
}

TEST(ASentence, DoesNotHideWhatNeverAnswered) {
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}},
                                {.row = {.address = "10.0.0.2", .group = "web02"},
                                 .state = watch::TargetState::kNeverAnswered}});
  EXPECT_EQ(fleet_sentence(view), "1 of 2 addresses answer; 1 never did so far");
}

TEST(ASentence, SaysThatTheNewestSweepsCouldNotJudgeAll) {
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}},
                                {.row = {.address = "10.0.0.2", .group = "web02"}}});
  view.degraded_reason = "the last sweep failed: eth0 has no carrier";
  EXPECT_EQ(fleet_sentence(view),
            "all 2 addresses answer, as far as is known: not all could be judged lately");
}

// During an outage, the text must not send the operator to examine the monitoring host instead.
TEST(AVantage, IsHealthyWhereItsFindingsBlameSomebodyElse) {
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
  view.last_path.findings = {{.text = "it is the fleet and not ourselves", .clears_us = true}};
  EXPECT_THAT(vantage_problems(view, {}), ElementsAre());
  EXPECT_THAT(path_remarks(view), ElementsAre("it is the fleet and not ourselves"));

  view.last_path.findings.push_back({.text = "the capture ring was full"});
  view.degraded_reason = "2 targets could not be judged";
  EXPECT_THAT(vantage_problems(view, {}),
              ElementsAre("2 targets could not be judged", "the capture ring was full"));
  EXPECT_THAT(path_remarks(view), ElementsAre("it is the fleet and not ourselves"));
}

TEST(AVantage, IsHealthyThoughItStoodStillForAMomentIfItJudgedAll) {
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
  view.last_path.findings = {
      {.text = "the scheduler was kept from running for 128 ms, in 1 of 40 slices"}};
  EXPECT_THAT(vantage_problems(view, {}), ElementsAre());
  EXPECT_THAT(path_remarks(view),
              ElementsAre("the scheduler was kept from running for 128 ms, in 1 of 40 slices"));
}

TEST(AVantage, IsNotHealthyWithoutHttpOrWithACertificateThatEnds) {
  using std::chrono::hours;
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
  view.certificates = {{.path = "/etc/rollcall/web.crt",
                        .use = "HTTP server",
                        .not_before = view.at - hours(24 * 80),
                        .not_after = view.at + hours(24 * 14 + 1)}};
  EXPECT_THAT(vantage_problems(view, {}), ElementsAre());
  view.certificates[0].not_after -= hours(2);
  EXPECT_THAT(vantage_problems(view, {}),
              ElementsAre("the certificate /etc/rollcall/web.crt (HTTP server) expires in 13 days, "
                          "on 2026-01-14T23:00:00.000Z. Fix: renew it"));
  view.certificates[0].not_after = view.at - hours(24 * 2);
  view.web_problem = "cannot listen on 127.0.0.1 port 9750";
  EXPECT_THAT(vantage_problems(view, {}),
              ElementsAre("HTTP: cannot listen on 127.0.0.1 port 9750",
                          "the certificate /etc/rollcall/web.crt (HTTP server) expired 2 days ago, "
                          "on 2025-12-30T00:00:00.000Z: others refuse it. Fix: renew it"));
}

TEST(AVantage, TellsWhatHasNoRouteAsARemark) {
  FleetSnapshot view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
  view.last_sweep = watch::SweepSummary{};
  view.last_sweep->conclusive = false;
  view.last_sweep->reason = "1 target in 2001:db8::1: no route leads there";
  EXPECT_THAT(vantage_problems(view, view.ready_until - std::chrono::seconds(1)), ElementsAre());
  EXPECT_THAT(path_remarks(view), ElementsAre("not all of the inventory can be asked: 1 target in "
                                              "2001:db8::1: no route leads there"));

  view.degraded_reason = "the last sweep was inconclusive: this vantage is blind";
  EXPECT_THAT(vantage_problems(view, view.ready_until - std::chrono::seconds(1)),
              ElementsAre(view.degraded_reason));
  EXPECT_THAT(path_remarks(view), ElementsAre());
}

TEST(APicture, NamesTheAddressesThatNeverAnswered) {
  using enum watch::TargetState;
  const auto row = [](const char* address, std::uint16_t port, watch::TargetState state) {
    return ShownRow{.row = {.address = address, .port = port, .group = "web02"}, .state = state};
  };
  const FleetSnapshot view =
      view_of({row("10.0.0.1", 80, kUp), row("10.0.0.2", 80, kNeverAnswered),
               row("10.0.0.3", 80, kNeverAnswered), row("10.0.0.4", 80, kNeverAnswered),
               row("10.0.0.4", 443, kUp), row("10.0.0.5", 80, kNeverAnswered),
               row("10.0.0.5", 443, kNeverAnswered), row("10.0.0.6", 80, kNew)});
  const auto ranges = view.never_answered({0});
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].to_string(), "10.0.0.2-10.0.0.3");
  EXPECT_EQ(ranges[1].to_string(), "10.0.0.5");
}

}  // namespace
}  // namespace rollcall::web
