// Simulates whole sweeps on networks drawn from a seed: loss, latency, every kind of host.
//
// The promise under test: with loss up to 5 % each way no live target is called missing, and no
// dead target is called up. A failure prints the seed; ROLLCALL_SIM_SEED=n repeats it alone.

#include <gtest/gtest.h>

#include <cstdlib>

#include "scheduler/sweep/sweep.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_connector.h"
#include "tests/fakes/sim_network.h"
#include "tests/fakes/small_table.h"

namespace rollcall::sweep {
namespace {

using fakes::Host;
using verdict::TargetVerdict;

bool right(Host host, TargetVerdict verdict) {
  switch (host) {
    case Host::kOpen:
    case Host::kBusyOnce:
      return verdict == TargetVerdict::kOpen;
    case Host::kClosed:
      return verdict == TargetVerdict::kClosed;
    case Host::kSilent:
      return verdict == TargetVerdict::kSilent;
    case Host::kLedHere:  // the simulation draws none
      return verdict == TargetVerdict::kUnknown;
    case Host::kUnreachable:  // ICMP may be lost, and with it the reason
      return verdict == TargetVerdict::kUnreachable || verdict == TargetVerdict::kSilent;
  }
  return false;
}

void simulate(std::uint64_t seed) {
  SCOPED_TRACE("ROLLCALL_SIM_SEED=" + std::to_string(seed));
  Random random(seed);
  const std::uint32_t targets = 1 + random.below(2000);
  const inventory::TargetTable table =
      fakes::consecutive_table(targets, 1 + random.below(300), {}, random());
  fakes::SimNetwork network(table, random());
  network.loss = random.below(51) / 1000.0;
  network.rtt = std::chrono::microseconds(random.below(600000));
  const std::uint32_t odd_share = random.below(100);
  for (Host& host : network.hosts) {
    if (random.below(100) < odd_share) host = static_cast<Host>(random.below(5));
  }

  fakes::FakeClock clock;
  fakes::ScriptedConnector connector(
      [&](const recheck::ConnectRequest& request) { return network.connect(request); });
  connector.limit = 1 + random.below(4096);
  const send::RoutePlan routes({send::NextHop{}}, {}, {});
  send::ProbeRing requests(send::kProbesOutstandingMax);
  send::NoticeRing notices(send::kProbesOutstandingMax);
  capture::ObservationRing observations(65536);
  const PacketRate rate{1000.0 + random.below(100000)};
  Sweep sweep({table, routes, requests, notices, observations, connector},
              {.epoch = {9}, .rate = rate, .group_rate = {5000}}, clock.now());
  const TimePoint deadline = clock.now() + 120s;
  while (!sweep.done() && clock.now() < deadline) {
    const TimePoint wake = sweep.step(clock.now());
    network.run(clock.now(), requests, notices, observations);
    clock.set(wake);
  }
  ASSERT_TRUE(sweep.done());
  const SweepResult result = sweep.finish(clock.now());
  for (std::uint32_t i = 0; i < targets; ++i) {
    const TargetVerdict verdict = verdict::verdict_of(state_of(table, result.states, {i}));
    ASSERT_TRUE(right(network.hosts[i], verdict))
        << "host kind " << static_cast<int>(network.hosts[i]) << " was called "
        << verdict::to_string(verdict);
  }
  for (const auto& [probe, times] : network.probes) ASSERT_EQ(times, 1) << probe.first;
}

TEST(SweepSimulation, JudgesEveryHostRightWhateverTheSeed) {
  if (const char* seed = std::getenv("ROLLCALL_SIM_SEED")) {
    return simulate(std::strtoull(seed, nullptr, 10));
  }
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    simulate(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace rollcall::sweep
