#include "cli/bench/recheck_bench.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/fakes/scripted_connector.h"
#include "tests/fakes/small_table.h"

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;
using recheck::ConnectOutcome;

// Every look at it takes a tenth of a millisecond.
class TickingClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return now_ += 100us; }
  WallTime wall() const noexcept override { return {}; }

 private:
  mutable TimePoint now_{1s};
};

class MeasureRecheck : public testing::Test {
 protected:
  RecheckFigures measure(fakes::ScriptedConnector& connector) {
    return measure_recheck({.table = table,
                            .self = std::nullopt,
                            .rate = {1e6},
                            .time = 20ms,
                            .timeout = 1s,
                            .interrupted = [] { return false; }},
                           connector, TickingClock());
  }

  const inventory::TargetTable table = fakes::consecutive_table(8);
};

TEST_F(MeasureRecheck, CountsEveryConnectByItsOutcome) {
  fakes::ScriptedConnector connector([](const recheck::ConnectRequest& request) {
    constexpr std::array kOutcomes{ConnectOutcome::kConnected,   ConnectOutcome::kConnected,
                                   ConnectOutcome::kRefused,     ConnectOutcome::kTimeout,
                                   ConnectOutcome::kUnreachable, ConnectOutcome::kLocalError,
                                   ConnectOutcome::kConnected,   ConnectOutcome::kConnected};
    return kOutcomes[request.target.value];
  });
  const RecheckFigures figures = measure(connector);
  EXPECT_EQ(figures.ended(), connector.started.size());
  std::map<std::uint32_t, std::uint64_t> asked;
  for (const auto& request : connector.started) ++asked[request.target.value];
  EXPECT_EQ(figures.connected, asked[0] + asked[1] + asked[6] + asked[7]);
  EXPECT_EQ(figures.refused, asked[2]);
  EXPECT_EQ(figures.timeouts, asked[3]);
  EXPECT_EQ(figures.unreachable, asked[4]);
  EXPECT_EQ(figures.local_errors, asked[5]);
  EXPECT_GT(figures.connected, 0u);
  EXPECT_GT(figures.p50_ms, 0);
  EXPECT_LE(figures.p50_ms, figures.p99_ms);
  EXPECT_NEAR(figures.seconds, 0.02, 0.002);
  EXPECT_DOUBLE_EQ(figures.connected_per_s,
                   static_cast<double>(figures.connected) / figures.seconds);
}

TEST_F(MeasureRecheck, HasNoRateWhereNobodyConnects) {
  fakes::ScriptedConnector connector(
      [](const recheck::ConnectRequest&) { return ConnectOutcome::kTimeout; });
  const RecheckFigures figures = measure(connector);
  EXPECT_EQ(figures.ended(), figures.timeouts);
  EXPECT_EQ(figures.connected_per_s, 0);
  EXPECT_EQ(figures.p99_ms, 0);
}

TEST_F(MeasureRecheck, AsksInScanOrderAndNeverMoreAtOnceThanTheConnectorTakes) {
  std::uint32_t most = 0;
  fakes::ScriptedConnector* watched = nullptr;
  fakes::ScriptedConnector connector([&](const recheck::ConnectRequest&) {
    most = std::max(most, watched->in_flight() + 1);
    return ConnectOutcome::kConnected;
  });
  watched = &connector;
  connector.limit = 3;
  const RecheckFigures figures = measure(connector);
  EXPECT_EQ(most, 3u);
  EXPECT_EQ(figures.in_flight_max, 3u);
  for (std::size_t i = 0; i < connector.started.size(); ++i) {
    ASSERT_EQ(connector.started[i].target.value, i % table.size());
  }
}

}  // namespace
}  // namespace rollcall::bench
