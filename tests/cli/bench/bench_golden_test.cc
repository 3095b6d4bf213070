// Reports compared byte by byte with tests/golden/bench; UPDATE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/bench/render.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

bench::Report report() {
  bench::Report report{.started_at = WallTime(1767600000123ms),
                       .host = {.machine = "Example CPU @ 2.10GHz",
                                .kernel = "6.1.0-1-amd64",
                                .cpus = 2,
                                .governor = std::nullopt,
                                .backlog = 1000},
                       .interface = "rcbench0",
                       .far_end = "a lab of its own, SYNs counted and dropped (send)"};
  return report;
}

bench::Report everything() {
  bench::Report full = report();
  full.host.governor = "performance";
  full.host.steered = {"eth0", "eth1"};
  full.notes = {"no io_uring lane: io_uring is forbidden"};
  full.send = {{.lane = "sendmmsg",
                .batch = 1,
                .threads = 1,
                .accepted_pps = 412345.6,
                .sent_pps = 412300.2,
                .refused = 12,
                .tx_drops = 45,
                .cpu = {0.5, 1.25, 0.25},
                .frames = 824691},
               {.lane = "sendmmsg",
                .batch = 64,
                .threads = 2,
                .accepted_pps = 1234567,
                .sent_pps = 1234567,
                .cpu = {1, 2, 1},
                .frames = 2469134}};
  full.loop = bench::LoopFigures{.lane = "io_uring",
                                 .steps = {{.asked_pps = 200000,
                                            .sent_pps = 199950,
                                            .probes = 399900,
                                            .verified = 399900,
                                            .expected = 399900,
                                            .seconds = 2,
                                            .rtt_p50_ms = 0.04,
                                            .rtt_p90_ms = 0.12,
                                            .rtt_p99_ms = 0.5,
                                            .cpu = {0.4, 0.6, 0.8}},
                                           {.asked_pps = 400000,
                                            .sent_pps = 399000,
                                            .probes = 798000,
                                            .verified = 788000,
                                            .expected = 798000,
                                            .own_drops = 10000,
                                            .seconds = 2,
                                            .rtt_p50_ms = 1.5,
                                            .rtt_p90_ms = 3,
                                            .rtt_p99_ms = 4.25,
                                            .cpu = {1, 1, 2}}},
                                 .loss_free_pps = 199950,
                                 .reached_pps = 394000};
  full.recheck = bench::RecheckFigures{.in_flight_max = 4096,
                                       .seconds = 2,
                                       .connected_per_s = 25000.5,
                                       .connected = 50001,
                                       .refused = 3,
                                       .timeouts = 2,
                                       .unreachable = 1,
                                       .local_errors = 4,
                                       .p50_ms = 1.25,
                                       .p90_ms = 2.5,
                                       .p99_ms = 150.125,
                                       .cpu = {0.5, 1.5, 2}};
  return full;
}

// Nothing got through, no division by it; names that try to move the cursor.
bench::Report nothing() {
  bench::Report empty = report();
  empty.host = {.machine = "Evil\x1b[2J CPU", .kernel = "6.1.0", .cpus = 1};
  empty.send = {{.lane = "ip", .batch = 64, .threads = 1, .refused = 1000}};
  empty.loop = bench::LoopFigures{
      .lane = "ip", .steps = {{.asked_pps = 25000, .sent_pps = 25000, .expected = 100}}};
  empty.recheck = bench::RecheckFigures{.in_flight_max = 4096};
  return empty;
}

std::string text_of(const bench::Report& report, bool chart) {
  std::ostringstream out;
  render_bench_text(out, report, chart);
  return out.str();
}
std::string json_of(const bench::Report& report) {
  std::ostringstream out;
  render_bench_json(out, report);
  return out.str();
}

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(ROLLCALL_GOLDEN_DIR "/bench/") + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << actual;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(actual, golden) << path;
}

TEST(BenchGolden, EveryFormatOfEveryReportIsAsRecorded) {
  expect_golden("everything.txt", text_of(everything(), false));
  expect_golden("everything_chart.txt", text_of(everything(), true));
  expect_golden("everything.json", json_of(everything()));
  expect_golden("nothing.txt", text_of(nothing(), true));
  expect_golden("nothing.json", json_of(nothing()));
}

TEST(BenchGolden, JsonHoldsOnlyWhatWasMeasured) {
  bench::Report only_loop = report();
  only_loop.loop.emplace();
  const auto document = nlohmann::json::parse(json_of(only_loop));
  EXPECT_EQ(document.at("schema"), "rollcall.bench/1");
  EXPECT_TRUE(document.contains("loop"));
  EXPECT_FALSE(document.contains("send"));
  EXPECT_FALSE(document.contains("recheck"));
}

}  // namespace
}  // namespace rollcall::cli
