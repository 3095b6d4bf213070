#include "cli/web/metrics/metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/cli/web/small_view.h"

namespace rollcall::web {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using watch::TargetState;

const ScrapeValues kPresent{.now = kViewNow,
                            .process = {.cpu_s = 12.5,
                                        .resident_bytes = 50'000'000,
                                        .virtual_bytes = 300'000'000,
                                        .open_descriptors = 20,
                                        .descriptors_max = 1024,
                                        .threads = 7}};

std::string text_of(const FleetSnapshot& view, Exposition exposition = Exposition::kPrometheus) {
  return metrics_text(view, kPresent, exposition);
}

std::size_t count_of(std::string_view needle, std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + 1)) {
    ++count;
  }
  return count;
}

SweepTotals some_totals() {
  sweep::SweepResult result;
  result.duration = 1500ms;
  result.states.resize(3);
  result.states[0].rtt_us = 180;
  result.states[0].syn_evidence = 0x8;
  result.states[1].rtt_us = 4'000;
  result.states[1].syn_evidence = 0x73;
  result.states[2].syn_evidence = 0x1524;
  result.states[2].connect_evidence = 0x33;
  result.path = {.probes_sent = 7, .canary_probes = 2, .late = 1, .duplicate = 3};
  result.path.rejected_by.fill(1);
  result.path.send_errors = 4;
  result.path.ring_drops = 5;
  result.path.capture_drops = 6;
  result.path.kernel_drops = 8;
  result.path.slices = 9;
  result.path.unsound_slices = 1;
  SweepTotals totals;
  totals.add(result);
  totals.add_failed();
  result.conclusive = false;
  totals.add(result);
  return totals;
}

// web07 lost addresses in a reboot, web08 is down, web09 is silenced, and a service of web10 does
// not listen. An address of web11 has never answered. The last group has a name that needs
// escaping.
FleetSnapshot troubled() {
  std::vector<ShownRow> rows{
      {{"10.0.1.1", 80, "web01"}},
      {{"10.0.1.2", 80, "web01"}},
      {{"10.0.7.1", 80, "web07"}},
      {{"10.0.7.2", 80, "web07"}, TargetState::kMissing},
      {{"10.0.7.3", 80, "web07"}, TargetState::kMissing},
      {{"10.0.8.1", 80, "web08"}, TargetState::kMissing},
      {{"10.0.9.1", 80, "web09"}, TargetState::kMissing},
      {{"10.0.10.1", 80, "web10"}},
      {{"10.0.10.1", 443, "web10"}, TargetState::kClosed},
      {{"10.0.11.1", 80, "web11"}, TargetState::kNeverAnswered},
      {{"10.0.11.2", 80, "web11"}, TargetState::kSuspect},
      {{"10.0.12.1", 80, "\"}\n<script>\\"}, TargetState::kMissing},
      {{"10.0.12.2", 80, "\"}\n<script>\\"}},
  };
  FleetSnapshot view = view_of(rows);
  view.groups[1].trouble = watch::Trouble::kPartialAfterReboot;
  view.groups[2].is_settling = true;
  view.silenced[3] = true;
  view.site = "vie1";
  view.vantage = "mon\"1";
  view.incidents.resize(4);
  view.silences.push_back({.starts_at = kViewAt - 1h, .ends_at = kViewAt + 1h});
  view.silences.push_back({.starts_at = kViewAt - 1h, .ends_at = kViewAt});
  view.receivers.push_back({.name = "am1", .waiting = 2, .failing = true, .ended = 9});
  view.receivers.push_back({.name = "chat", .ended = 11});
  view.last_sweep = watch::SweepSummary{
      .started_at = kViewAt - 10s, .duration = 1500ms, .targets = 13, .rate_pps = 20000.5};
  view.last_path.loss = 0.25;
  view.totals = some_totals();
  view.is_sweeping = true;
  view.interval = 300s;
  view.fleet_interval = 7500ms;
  view.missed_turns = 3;
  view.inventory_problem = "fleet.csv:3:1: no address";
  view.sources.push_back({.name = "/fleet.csv",
                          .targets = 13,
                          .problem = "fleet.csv:3:1: no address",
                          .since = kViewAt - 90s});
  view.sources.push_back({.name = "https://inventory.example.net/sd", .targets = 2});
  view.certificates.push_back({.path = "/etc/rollcall/web.crt",
                               .use = "HTTP server",
                               .not_after = kViewAt + std::chrono::hours(24 * 9)});
  view.rows_waiting = 12;
  return view;
}

// The golden file does not record the version, because it changes with every release.
std::string without_version(std::string text) {
  const std::string version = "version=\"" ROLLCALL_VERSION "\"";
  const auto at = text.find(version);
  if (at != std::string::npos) text.replace(at, version.size(), "version=\"VERSION\"");
  return text;
}

void expect_golden(const std::string& file, const std::string& actual) {
  const std::string path = std::string(ROLLCALL_GOLDEN_DIR "/metrics/") + file;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in.good()) << path
                         << " is missing; tests/golden/metrics/README.md says how to make it";
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(actual, expected) << path;
}

TEST(MetricsGolden, BothFormatsAreAsRecorded) {
  expect_golden("fleet.prom", without_version(text_of(troubled())));
  expect_golden("fleet.openmetrics",
                without_version(text_of(troubled(), Exposition::kOpenMetrics)));
}

TEST(Metrics, SayNothingOfSingleGroupsWhereAllAreUp) {
  const std::string text =
      text_of(view_of({{{"10.0.1.1", 80, "web01"}}, {{"10.0.2.1", 80, "web02"}}}));
  EXPECT_THAT(text, Not(HasSubstr("web0")));
  EXPECT_THAT(text, HasSubstr("rollcall_targets{state=\"up\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("rollcall_groups{trouble=\"none\"} 2\n"));
}

TEST(Metrics, SayNothingOfASweepBeforeTheFirst) {
  FleetSnapshot view = view_of({{{"10.0.1.1", 80, "web01"}, TargetState::kNew}});
  view.ready_until = kViewNow;
  const std::string text = text_of(view);
  EXPECT_THAT(text, Not(HasSubstr("rollcall_last_sweep")));
  EXPECT_THAT(text, Not(HasSubstr("rollcall_vantage_healthy")));
  EXPECT_THAT(text, HasSubstr("rollcall_ready 0\n"));
}

TEST(Metrics, AVantageWhoseSweepFailedOrToldNothingIsNotHealthy) {
  FleetSnapshot view = view_of({{{"10.0.1.1", 80, "web01"}}});
  view.last_sweep = watch::SweepSummary{};
  EXPECT_THAT(text_of(view), HasSubstr("rollcall_vantage_healthy 1\n"));
  view.last_sweep->conclusive = false;
  EXPECT_THAT(text_of(view), HasSubstr("rollcall_vantage_healthy 1\n")) << "a row without a route";
  view.degraded_reason = "the last sweep failed: no route";
  EXPECT_THAT(text_of(view), HasSubstr("rollcall_vantage_healthy 0\n"));
}

// More groups than there is room for, each with one address missing.
FleetSnapshot crowded(std::uint32_t groups, const std::string& prefix) {
  std::vector<ShownRow> rows;
  for (std::uint32_t i = 0; i < groups; ++i) {
    const std::string group = prefix + std::to_string(i);
    for (std::uint32_t k = 0; k < 2; ++k) {
      rows.push_back({{Address::from_v4(0x0a000000 + 2 * i + k).to_string(), 80, group},
                      k == 0 ? TargetState::kUp : TargetState::kMissing});
    }
  }
  return view_of(rows);
}

TEST(Metrics, AreBoundedAndAdmitWhatTheyLeftOut) {
  constexpr std::uint32_t kGroups = 6000;
  FleetSnapshot view = crowded(kGroups, "server");
  // The worst stands last in the inventory, and is shown all the same.
  view.groups.back().trouble = watch::Trouble::kPartialAfterReboot;
  const std::string text = text_of(view);
  EXPECT_LT(text.size(), std::size_t{1} << 20);
  const std::size_t shown = count_of("rollcall_group_trouble{", text);
  EXPECT_GT(shown, 1000U);
  EXPECT_LT(shown, kGroups);
  EXPECT_THAT(text, HasSubstr(fmt::format("rollcall_group_trouble{{group=\"server{}\","
                                          "trouble=\"partial_after_reboot\"}} 1\n",
                                          kGroups - 1)));
  for (const auto metric : {"rollcall_group_targets", "rollcall_group_trouble"}) {
    EXPECT_THAT(text, HasSubstr(fmt::format("rollcall_series_truncated{{metric=\"{}\"}} {}\n",
                                            metric, kGroups - shown)));
  }
  EXPECT_THAT(text,
              HasSubstr(fmt::format("rollcall_groups{{trouble=\"partial\"}} {}\n", kGroups - 1)));
}

TEST(Metrics, NamesOfTenThousandBytesStayWithinTheBoundToo) {
  for (const char fill : {'x', '"', '\\', '\x01'}) {
    const std::string text = text_of(crowded(100, std::string(10'000, fill)));
    EXPECT_LT(text.size(), std::size_t{1} << 20) << fill;
    EXPECT_THAT(text, Not(HasSubstr("{metric=\"rollcall_group_trouble\"} 0\n")));
  }
}

TEST(Metrics, TheBoundOfBytesIsNoLessThanWhatIsWritten) {
  const std::string text = text_of(crowded(6000, "a rather long name, as some have, number "));
  const auto first = text.find("rollcall_group_targets{");
  const auto last = text.find("# HELP rollcall_series_truncated");
  EXPECT_LT(last - first, kGroupBytesMax + 1000);  // headers of two families stand between
}

TEST(Metrics, NamesThatReadAlikeAreOneSeriesAndTheOtherIsAdmitted) {
  const std::string text = text_of(view_of({{{"10.0.1.1", 80, "a\\x01"}, TargetState::kMissing},
                                            {{"10.0.2.1", 80, "a\x01"}, TargetState::kMissing}}));
  EXPECT_EQ(count_of("rollcall_group_trouble{group=\"a\\\\x01\"", text), 1U);
  EXPECT_THAT(text, HasSubstr("rollcall_series_truncated{metric=\"rollcall_group_trouble\"} 1\n"));
}

// `count` targets in groups of 250, each with a few in every state.
FleetSnapshot large(std::uint32_t count) {
  FleetSnapshot view;
  const auto table =
      std::make_shared<const inventory::TargetTable>(fakes::consecutive_table(count, 250));
  std::vector<TargetDetail> target_details(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    target_details[i].state = static_cast<TargetState>(i % 50 < 6 ? i % 50 : 1);
  }
  view.target_details =
      std::make_shared<const std::vector<TargetDetail>>(std::move(target_details));
  view.facts = std::make_shared<const FleetFacts>(table);
  for (const inventory::Group& group : table->groups()) {
    view.groups.push_back(status_of(view, group));
  }
  view.silenced.resize(view.groups.size());
  return view;
}

TEST(Metrics, StayUnderAMegabyteAtAMillionTargets) {
  for (const std::uint32_t count : {100'000U, 1'000'000U}) {
    const FleetSnapshot view = large(count);
    for (const auto exposition : {Exposition::kPrometheus, Exposition::kOpenMetrics}) {
      std::string text;
      auto best = std::chrono::steady_clock::duration::max();
      for (int i = 0; i < 5; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        text = text_of(view, exposition);
        best = std::min(best, std::chrono::steady_clock::now() - begun);
      }
      const std::chrono::duration<double, std::milli> took = best;
      std::printf("%u targets: %.1f ms, %zu bytes\n", count, took.count(), text.size());
      EXPECT_LT(text.size(), std::size_t{1} << 20);
      EXPECT_THAT(text, HasSubstr("rollcall_group_targets{group=\"g0\",state=\"missing\"} 5\n"));
    }
  }
}

TEST(ProcessFigures, AreThoseOfThisProcess) {
  const ProcessFigures figures = read_process_figures();
  EXPECT_GT(figures.cpu_s.value(), 0);
  EXPECT_GT(figures.resident_bytes.value(), 1U << 20);
  EXPECT_GT(figures.virtual_bytes.value(), figures.resident_bytes.value());
  EXPECT_GE(figures.threads.value(), 1U);
  EXPECT_GT(figures.descriptors_max.value(), figures.open_descriptors.value());
  std::ifstream one_more("/proc/self/status");
  EXPECT_EQ(read_process_figures().open_descriptors.value(), figures.open_descriptors.value() + 1);
}

}  // namespace
}  // namespace rollcall::web
