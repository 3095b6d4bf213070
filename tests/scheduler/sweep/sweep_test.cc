#include "scheduler/sweep/sweep.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_connector.h"
#include "tests/fakes/sim_network.h"
#include "tests/fakes/small_table.h"

namespace rollcall::sweep {
namespace {

using fakes::Host;
using verdict::TargetVerdict;

// A sweep over a simulated network, stepped by hand.
class Rig {
 public:
  explicit Rig(std::uint32_t targets, std::uint64_t seed = 1)
      : table(fakes::consecutive_table(targets, 254, {}, seed)), network(table, seed) {}

  SweepResult run() {
    start();
    while (!sweep->done()) {
      step();
      if (clock.now() - started > 120s) {
        ADD_FAILURE() << "the sweep does not end";
        break;
      }
    }
    return sweep->finish(clock.now());
  }
  void start() {
    started = clock.now();
    sweep.emplace(Sweep::SweepIo{table, routes, requests, notices, observations, connector},
                  options, started);
  }
  void step() {
    const TimePoint wake = sweep->step(clock.now());
    network.run(clock.now(), requests, notices, observations);
    clock.set(wake);
  }
  TargetVerdict verdict_of(const SweepResult& result, std::uint32_t row) const {
    return verdict::verdict_of(state_of(table, result.states, {row}));
  }
  std::uint32_t count(const SweepResult& result, TargetVerdict verdict) const {
    return result.counts[static_cast<std::size_t>(verdict)];
  }

  inventory::TargetTable table;
  send::RoutePlan routes{{send::NextHop{}}, {}, {}};
  SweepOptions options{.epoch = {5}, .rate = {50000}};
  fakes::FakeClock clock;
  fakes::SimNetwork network;
  fakes::ScriptedConnector connector{
      [this](const recheck::ConnectRequest& request) { return network.connect(request); }};
  send::ProbeRing requests{send::kProbesOutstandingMax};
  send::NoticeRing notices{send::kProbesOutstandingMax};
  capture::ObservationRing observations{65536};
  std::optional<Sweep> sweep;
  TimePoint started;
};

TEST(Sweep, FindsEveryoneOpenAndAsksEachOnce) {
  Rig rig(1000);
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 1000u);
  EXPECT_EQ(rig.sweep->progress().probes_sent, 1000u);
  EXPECT_EQ(result.path.replies, 1000u);
  EXPECT_TRUE(result.groups_not_up.empty());
  EXPECT_EQ(exit_code(result), 0);
  for (const auto& [probe, times] : rig.network.probes) EXPECT_EQ(times, 1) << probe.first;
  EXPECT_NEAR(result.path.rtt_p50_ms, 1.0, 1.0);
  EXPECT_TRUE(rig.connector.started.empty());
}

TEST(Sweep, NamesTheSilentAfterThreeSpacedSynsAndTwoConnects) {
  Rig rig(600);
  rig.network.hosts[7] = rig.network.hosts[300] = Host::kSilent;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kSilent), 2u);
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 598u);
  EXPECT_EQ(exit_code(result), 2);
  EXPECT_EQ(rig.connector.started.size(), 4u);
  const auto& times = rig.network.sent_at.at(7);
  ASSERT_EQ(times.size(), 3u);
  EXPECT_GE(times[1] - times[0], 400ms);
  EXPECT_GE(times[2] - times[0], 1200ms);
  EXPECT_LE(result.duration, 8s);
}

TEST(Sweep, AsksOnlyTheSilentAgain) {
  Rig rig(5000);
  rig.network.loss = 0.05;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 5000u);
  EXPECT_NEAR(static_cast<double>(rig.sweep->progress().probes_sent), 5000 * 1.107, 150);
  for (const auto& [probe, times] : rig.network.probes) EXPECT_EQ(times, 1) << probe.first;
}

TEST(Sweep, ConfirmsAClosedPortByConnectBeforeItSaysSo) {
  Rig rig(10);
  rig.network.hosts[3] = Host::kClosed;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kClosed), 1u);
  EXPECT_EQ(rig.connector.started.size(), 1u);
  EXPECT_EQ(exit_code(result), 1);
}

TEST(Sweep, TellsUnreachableFromSilentAndConfirmsBoth) {
  Rig rig(10);
  rig.network.hosts[3] = Host::kUnreachable;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kUnreachable), 1u);
  EXPECT_EQ(rig.connector.started.size(), 2u);
  EXPECT_EQ(exit_code(result), 2);
}

TEST(Sweep, AsksABusyTupleAgainAtOnceFromANewPort) {
  Rig rig(10);
  rig.network.hosts[4] = Host::kBusyOnce;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 10u);
  EXPECT_EQ(rig.network.sent_at.at(4).size(), 2u);
  EXPECT_LT(result.duration, 100ms) << "no timeout was waited for";
}

TEST(Sweep, WithoutRechecksCallsSilenceSilentAtOnce) {
  Rig rig(10);
  rig.options.policy.recheck_rounds = 0;
  rig.network.hosts[4] = Host::kSilent;
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kSilent), 1u);
  EXPECT_TRUE(rig.connector.started.empty());
  EXPECT_FALSE(result.rechecked);
}

TEST(Sweep, BelievesTheConnectWhereEveryProbeWasLost) {
  Rig rig(100);
  rig.network.swallow = [](TimePoint) { return true; };
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 100u);
  EXPECT_EQ(rig.connector.started.size(), 100u);
}

TEST(Sweep, NeverBlamesATargetForOurOwnLocalErrors) {
  Rig rig(50);
  rig.network.hosts[9] = Host::kSilent;
  rig.connector = fakes::ScriptedConnector(
      [](const recheck::ConnectRequest&) { return recheck::ConnectOutcome::kLocalError; });
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kUnknown), 1u);
  EXPECT_EQ(rig.count(result, TargetVerdict::kSilent), 0u);
}

TEST(Sweep, TakesNoAnswerOfThisHostItselfForOneOfTheTarget) {
  Rig rig(50);
  rig.network.hosts[9] = Host::kSilent;
  rig.connector = fakes::ScriptedConnector([](const recheck::ConnectRequest& request) {
    EXPECT_TRUE(request.check_far_end);
    return recheck::ConnectOutcome::kLedHere;
  });
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.verdict_of(result, 9), TargetVerdict::kUnknown);
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 49u);
  EXPECT_GT(rig.sweep->led_here(), 0u);
}

// They may be served through a redirect.
TEST(Sweep, BelievesAnAcceptanceByThisHostForItsOwnAddresses) {
  Rig rig(50);
  rig.network.hosts[9] = Host::kSilent;
  rig.routes = send::RoutePlan({send::NextHop{.interface = "lo"}}, {}, {});
  rig.connector = fakes::ScriptedConnector([](const recheck::ConnectRequest& request) {
    return request.check_far_end ? recheck::ConnectOutcome::kLedHere
                                 : recheck::ConnectOutcome::kConnected;
  });
  EXPECT_EQ(rig.verdict_of(rig.run(), 9), TargetVerdict::kOpen);
}

TEST(Sweep, NeverBlamesATargetThatOurKernelWouldNotSendTo) {
  Rig rig(20);
  rig.network.refuses_to_send = true;
  rig.connector = fakes::ScriptedConnector(
      [](const recheck::ConnectRequest&) { return recheck::ConnectOutcome::kUnreachable; });
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kUnknown), 20u);
  EXPECT_EQ(rig.sweep->progress().probes_sent, 0u);
}

TEST(Sweep, CallsNobodyMissingWhoseWayIsNotTrusted) {
  Rig rig(6);
  rig.network.hosts[1] = rig.network.hosts[2] = Host::kSilent;
  rig.start();
  for (int i = 0; i < 20000 && !rig.sweep->done(); ++i) rig.step();
  rig.sweep->distrust([&](ScanIndex target) { return rig.network.row_of(target) < 2; });
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  EXPECT_EQ(rig.verdict_of(result, 0), TargetVerdict::kOpen) << "an answer counts all the same";
  EXPECT_EQ(rig.verdict_of(result, 1), TargetVerdict::kUnknown);
  EXPECT_EQ(rig.verdict_of(result, 2), TargetVerdict::kSilent);
}

TEST(Sweep, LeavesTargetsWithoutARouteAloneAndUnknown) {
  Rig rig(4);
  std::vector<std::uint16_t> hops(4);
  hops[rig.table.place_of({1}).value] = send::RoutePlan::kNoHop;
  rig.routes = send::RoutePlan({send::NextHop{}}, hops, {});
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kUnknown), 1u);
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 3u);
  EXPECT_FALSE(rig.network.sent_at.contains(1));
}

TEST(Sweep, AfterAnInterruptAsksNobodyButStillListens) {
  Rig rig(20000);
  rig.options.rate = {20000};
  rig.network.rtt = 100ms;
  rig.start();
  for (int i = 0; i < 50; ++i) rig.step();
  const std::uint64_t asked = rig.sweep->progress().probes_sent;
  ASSERT_GT(asked, 0u);
  ASSERT_LT(asked, 20000u);
  rig.sweep->interrupt();
  for (int i = 0; i < 5000 && !rig.sweep->done(); ++i) rig.step();
  ASSERT_TRUE(rig.sweep->done());
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), rig.network.sent_at.size());
  EXPECT_EQ(rig.count(result, TargetVerdict::kSilent), 0u);
  EXPECT_LE(rig.network.sent_at.size(), asked + send::kProbesOutstandingMax);
  EXPECT_LT(rig.network.sent_at.size(), 20000u);
}

TEST(Sweep, CountsDuplicatesLateAnswersAndStrays) {
  Rig rig(3);
  rig.start();
  rig.step();
  rig.step();
  rig.step();
  ASSERT_EQ(rig.sweep->progress().answering, 3u);
  using capture::ObservationKind;
  rig.observations.push({rig.clock.now(), {0}, ObservationKind::kSynAck, 0});
  rig.observations.push({rig.clock.now(), {0}, ObservationKind::kSynAck, 0, true});
  rig.observations.push({rig.clock.now(), {0}, ObservationKind::kSynAck, 5});
  rig.step();
  const SweepResult result = rig.sweep->finish(rig.clock.now());
  EXPECT_EQ(result.path.duplicate, 1u);
  EXPECT_EQ(result.path.late, 1u);
  EXPECT_EQ(result.path.replies, 3u);
}

TEST(Sweep, TakesALateAnswerToAnEarlierAttemptForAlive) {
  Rig rig(5);
  rig.network.rtt = 900ms;  // attempt 1 is already out when the answer to attempt 0 arrives
  const SweepResult result = rig.run();
  EXPECT_EQ(rig.count(result, TargetVerdict::kOpen), 5u);
  EXPECT_EQ(result.path.late, 5u);
}

TEST(Sweep, NeverAsksAGroupFasterThanItsRateAfterTheFirstPass) {
  Rig rig(254);  // one group, all of it dead
  std::ranges::fill(rig.network.hosts, Host::kSilent);
  rig.options.rate = even_rate(rig.table, {50000}, rig.options.group_rate);
  rig.run();
  std::vector<TimePoint> questions;
  for (const auto& [target, times] : rig.network.sent_at) {
    questions.insert(questions.end(), times.begin(), times.end());
  }
  std::ranges::sort(questions);
  ASSERT_EQ(questions.size(), 254u * 3);
  // Requests queue for the sender a little ahead of the pacer, which this rig has none of: so the
  // first pass may bunch by that much, and everything after it keeps its distance.
  const auto second_pass = questions.begin() + 254;
  EXPECT_GE(questions.back() - *second_pass, 2ms * (254 * 2 - 2));
}

TEST(Sweep, ReportsNoRateAboveTheLimit) {
  for (const std::uint32_t targets : {2u, 20u, 500u, 3000u}) {
    Rig rig(targets);
    rig.options.rate = {1000};
    rig.network.rate = PacketRate{1000};
    const double rate = rig.run().path.rate_pps;
    EXPECT_LE(rate, 1000) << targets;
    EXPECT_GE(rate, targets < 20 ? 0 : 900) << targets;
  }
}

TEST(Sweep, ReportsNoRateWhereAllLeftAtOnce) {
  Rig rig(20);
  EXPECT_EQ(rig.run().path.rate_pps, 0);
}

TEST(EvenRate, SaysWhetherTheGroupRateMakesASweepMuchLonger) {
  const auto table = fakes::consecutive_table(1200, 600);  // 1.2 s at 500/s a group
  EXPECT_TRUE(is_slowed_by_group_rate(table, {50000}, {500}));
  EXPECT_FALSE(is_slowed_by_group_rate(table, {1100}, {500})) << "no second longer";
  EXPECT_FALSE(is_slowed_by_group_rate(table, {500}, {500}));
}

TEST(EvenRate, IsLimitedByTheLargestGroupOnly) {
  const auto table = fakes::consecutive_table(508);  // two groups of 254
  EXPECT_EQ(even_rate(table, {100}, {500}).per_second, 100);
  EXPECT_EQ(even_rate(table, {50000}, {500}).per_second, 1000);
}

}  // namespace
}  // namespace rollcall::sweep
