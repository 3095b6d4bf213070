#include "cli/run/path_findings.h"

#include <gmock/gmock.h>

#include "tests/fakes/judged_sweep.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using fakes::Host;
using fakes::JudgedSweep;
using inventory::CanaryKind;
using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Duration kEver = 1h;
constexpr std::uint32_t kTargets = 2000;

std::vector<sweep::Finding> all_findings_of(JudgedSweep& rig) {
  rig.start();
  EXPECT_TRUE(rig.run_to_end(60s)) << "the sweep does not end";
  return path_findings(*rig.sweep, rig.table, rig.routes);
}

std::vector<std::string> findings_of(JudgedSweep& rig) {
  std::vector<std::string> texts;
  for (const sweep::Finding& finding : all_findings_of(rig)) texts.push_back(finding.text);
  return texts;
}

TEST(PathFindings, OfAQuietSweepAreNone) {
  JudgedSweep rig(kTargets, {fakes::canary(0, CanaryKind::kUp)});
  EXPECT_THAT(findings_of(rig), IsEmpty());
  EXPECT_THAT(canary_lies(*rig.sweep, rig.table), IsEmpty());
}

TEST(PathFindings, SayForHowLongThePathWasDown) {
  JudgedSweep rig(20000);
  rig.network.hosts[7] = Host::kSilent;
  rig.dark = {{1s, 3s}};
  EXPECT_THAT(findings_of(rig), Contains(AllOf(HasSubstr("for 2.00 s nearly none of the expected"),
                                               HasSubstr("silent then was asked again"))));
}

TEST(PathFindings, NameTheCanariesThatNeverAnswered) {
  JudgedSweep rig(20000, {fakes::canary(0, CanaryKind::kUp), fakes::canary(1, CanaryKind::kClosed),
                          fakes::canary(2, CanaryKind::kUnused)});
  for (std::uint32_t i = 0; i < 3; ++i) rig.network.hosts[20000 + i] = Host::kSilent;
  EXPECT_THAT(findings_of(rig),
              ElementsAre("2 canaries never answered: 192.0.2.0:80, 192.0.2.1:80"));
}

TEST(PathFindings, SayWhoseFaultItIsThatVeryManyAreSilent) {
  const struct {
    const char* description;
    void (*trouble)(JudgedSweep&);
    bool with_canary;
    const char* expected;
    bool clears_us;
  } kCases[] = {
      {"the fleet's", [](JudgedSweep&) {}, true,
       "1 canary answered to the end, so it is the fleet and not ourselves", true},
      {"nobody can tell", [](JudgedSweep&) {}, false,
       "no canary answered, so this sweep cannot tell", false},
      {"our own, in part", [](JudgedSweep& r) { r.dark = {{500ms, 3s}}; }, true,
       "so at least a part of it was our own path", false},
  };
  for (const auto& c : kCases) {
    JudgedSweep rig(kTargets, c.with_canary ? fakes::CanaryRows{fakes::canary(0, CanaryKind::kUp)}
                                            : fakes::CanaryRows{});
    std::fill_n(rig.network.hosts.begin(), kTargets, Host::kSilent);
    c.trouble(rig);
    EXPECT_THAT(all_findings_of(rig),
                Contains(AllOf(Field(&sweep::Finding::text,
                                     AllOf(HasSubstr("2000 targets fell silent at once"),
                                           HasSubstr(c.expected))),
                               Field(&sweep::Finding::clears_us, c.clears_us))))
        << c.description;
  }
}

TEST(PathFindings, LeaveItToTheNextHopWhereNothingElseAnswers) {
  JudgedSweep rig(kTargets);
  std::fill_n(rig.network.hosts.begin(), kTargets, Host::kSilent);
  rig.start();
  ASSERT_TRUE(rig.run_to_end(60s));
  rig.sweep->believe_silence(0);
  std::vector<std::string> texts;
  for (const auto& finding : path_findings(*rig.sweep, rig.table, rig.routes)) {
    texts.push_back(finding.text);
  }
  EXPECT_THAT(texts, Contains(HasSubstr("so the next hop decided")));
  EXPECT_THAT(texts, Not(Contains(HasSubstr("cannot tell"))));
}

TEST(PathFindings, DoNotCallALimitedGroupDeadThatAnswers) {
  JudgedSweep rig(400, {}, 1, 20);
  rig.network.syn_limits[1] = {.per_second = 5, .burst = 10};
  const auto findings = findings_of(rig);
  EXPECT_THAT(findings, Contains(HasSubstr("limited: g1 answers fewer new connections")));
  EXPECT_THAT(findings, Not(Contains(HasSubstr("or died meanwhile"))));
}

TEST(PathFindings, SayThatThisHostItselfAnswersItsConnects) {
  JudgedSweep rig(kTargets);
  EXPECT_THAT(all_findings_of(rig), IsEmpty());
  EXPECT_THAT(misleading_rules(*rig.sweep), IsEmpty());
  JudgedSweep led(kTargets);
  led.network.hosts[7] = Host::kLedHere;
  all_findings_of(led);
  EXPECT_THAT(misleading_rules(*led.sweep),
              ElementsAre(Field(&sweep::Finding::text,
                                AllOf(HasSubstr("by this host itself"), HasSubstr("Fix: ")))));
}

TEST(PathFindings, SayHowMuchThePathLoses) {
  JudgedSweep rig(kTargets);
  rig.network.loss = 0.1;
  EXPECT_THAT(
      findings_of(rig),
      Contains(ContainsRegex("the path loses (1[6-9]|2[0-2])\\.[0-9] % of questions or answers")))
      << "1 - 0.9 x 0.9 is 19 %";
}

TEST(PathFindings, SayThatThePathLosesTooMuch) {
  JudgedSweep rig(20000);
  rig.network.loss = 0.2;
  for (const std::uint32_t dead : {3u, 500u, 4000u, 7777u}) rig.network.hosts[dead] = Host::kSilent;
  EXPECT_THAT(findings_of(rig),
              Contains(HasSubstr("of the SYNs got no answer at first: too much for silence to mean "
                                 "anything")));
}

TEST(PathFindings, NameTheAddressThatShouldNotAnswer) {
  const inventory::CanaryAddress v6{Address::parse("2001:db8::7").value(), Port{443},
                                    CanaryKind::kUnused};
  JudgedSweep rig(kTargets, {fakes::canary(0, CanaryKind::kUnused), v6});
  findings_of(rig);
  EXPECT_THAT(canary_lies(*rig.sweep, rig.table),
              ElementsAre(HasSubstr("192.0.2.0:80 answered, and it should not"),
                          HasSubstr("[2001:db8::7]:443 answered, and it should not")));
}

TEST(WhyItGaveUp, TellsABlindVantageFromAHostThatLosesPackets) {
  JudgedSweep blind(20000);
  blind.dark = {{2s, kEver}};
  findings_of(blind);
  ASSERT_TRUE(blind.sweep->gave_up());
  EXPECT_THAT(why_it_gave_up(*blind.sweep), HasSubstr("this vantage is blind"));

  JudgedSweep standing(20000);
  standing.network.hosts[7] = Host::kSilent;
  standing.capture_stands = {{3900ms, kEver}};
  findings_of(standing);
  ASSERT_TRUE(standing.sweep->gave_up());
  EXPECT_THAT(why_it_gave_up(*standing.sweep), HasSubstr("packets were lost on this host"));
}

}  // namespace
}  // namespace rollcall::cli
