// A thousand open incidents, a real Alertmanager that takes 2.5 s a request, another that loses its
// memory, and a restart of each of the three: no incident ends for any of them while it is open,
// each knows all of them within 30 s of its return, and every page is counted.
//
//   Service ──> "slow" proxy ──> Alertmanager "slow"  ──> a sink that counts its pages
//       └─────────────────────> Alertmanager "empty" ──> a sink that counts its pages
//
// In real time, in a network namespace of its own.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>

#include "tests/cli/service/service_fixture.h"
#include "tests/scheduler/alert/real_alertmanager.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using alert::testing::eventually;
using alert::testing::firing;
using alert::testing::RealAlertmanager;
using alert::testing::Sink;

constexpr std::uint32_t kIncidents = 1000;
constexpr auto kToldAgain = 30s;  // of an Alertmanager's return
constexpr auto kPatience = 60s;

// How many groups were paged about so many times, by status ("firing", "resolved").
using Counts = std::map<std::string, std::map<int, int>>;

// Counts pages in its own thread: a sink stops accepting pages when its output is not read.
class Pages {
 public:
  explicit Pages(int port)
      : sink_("http", port), reading_([this](const std::stop_token& stop) { read(stop); }) {}

  Counts counts() {
    const std::scoped_lock lock(mutex_);
    Counts counts;
    for (const auto& [status, groups] : pages_) {
      for (const auto& [group, pages] : groups) ++counts[status][pages];
    }
    return counts;
  }

 private:
  void read(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto got = sink_.next(100ms);
      if (!got) continue;
      const auto page = nlohmann::json::parse(got->at("body").get<std::string>());
      const auto& labels = page.at("groupLabels");
      if (labels.at("alertname") != "RollcallGroup") continue;
      const std::scoped_lock lock(mutex_);
      ++pages_[page.at("status")][labels.at("group")];
    }
  }

  Sink sink_;
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, int>> pages_;
  std::jthread reading_;  // last: it ends before what it uses goes
};

class ManyAlerts : public ServiceFixture {
 protected:
  static constexpr int kSlow = 9093;
  static constexpr int kEmpty = 9094;
  static constexpr int kProxy = 9095;
  static constexpr int kSinkOfSlow = 8080;
  static constexpr int kSinkOfEmpty = 8081;

  ManyAlerts() {
    lab::enter_own_namespace();
    lab::run("ip link set lo up");
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group\n";
    for (std::uint32_t i = 0; i < kIncidents; ++i) {
      fleet << fmt::format("10.{0}.{1}.1-10.{0}.{1}.2,80,web{2}\n", i / 250, i % 250, i);
    }
    config_.judgement.confirm_span = 1s;
    config_.alerts.heartbeat = 60s;
    config_.alerts.alertmanagers = {{.name = "slow", .http = {.url = url(kProxy)}},
                                    {.name = "empty", .http = {.url = url(kEmpty)}}};
  }
  ~ManyAlerts() override {
    is_over_ = true;
    if (running_.joinable()) running_.join();
  }

  static std::string url(int port) { return fmt::format("http://127.0.0.1:{}", port); }
  void start_slow() {
    slow_ = std::make_unique<RealAlertmanager>(kSlow, kSinkOfSlow, folder_.file("slow"));
  }
  void start_empty() {
    empty_ = std::make_unique<RealAlertmanager>(kEmpty, kSinkOfEmpty,
                                                folder_.file(fmt::format("empty{}", ++starts_)));
  }

  // The watch, in a thread of its own.
  void start_watch() {
    is_over_ = false;
    running_ = std::thread([this] {
      auto service =
          Service::start(config_,
                         {[this](const inventory::TargetTable& table, const SweepRequest&,
                                 const SweepHooks&) { return sweep_of(table); },
                          SweepRequest{.seed = 1, .epoch = Epoch{1}}},
                         system_clock_, log_);
      ASSERT_TRUE(service) << service.error().to_string();
      while (!is_over_) {
        (*service)->round();
        std::this_thread::sleep_for(20ms);
      }
    });
  }
  void end_watch() {
    is_over_ = true;
    running_.join();
  }

  // The second address of each group is gone while is_broken_.
  Result<sweep::SweepResult> sweep_of(const inventory::TargetTable& table) const {
    const bool is_broken = is_broken_;
    sweep::SweepResult result;
    result.started_at = system_clock_.wall();
    result.sound = result.conclusive = true;
    for (const inventory::Target& target : table.in_scan_order()) {
      const bool is_gone = is_broken && (target.address.v4() & 0xff) == 2;
      result.states.push_back(
          verdict::settle_as(is_gone ? Fate::kSilent : Fate::kOpens, target.expect));
      ++result.counts[static_cast<std::size_t>(verdict::verdict_of(result.states.back()))];
    }
    return result;
  }

  // All incidents fire, as an Alertmanager heard since that moment.
  static bool all_fire(int port, const std::string& updated_since = "") {
    const auto alerts = firing(port);
    return alerts.size() == kIncidents && std::ranges::all_of(alerts, [&](const auto& alert) {
             return alert.at("updatedAt").template get<std::string>() > updated_since;
           });
  }
  // While `condition` does not hold, no Alertmanager that is up may forget an alert that it had.
  bool without_a_gap(std::vector<int> ports, const std::function<bool()>& condition,
                     std::chrono::milliseconds patience = kPatience) {
    return eventually(
        [&] {
          for (const int port : ports) {
            EXPECT_EQ(firing(port).size(), kIncidents) << "an open incident ended at " << port;
          }
          return condition() || HasFailure();
        },
        patience);
  }
  std::string now_text() const { return history::to_text(system_clock_.wall()); }
  static double seconds_since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
  void expect_told_again(int port, std::vector<int> others) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(without_a_gap(std::move(others), [&] { return all_fire(port); }, kToldAgain));
    fmt::print("{}: all told {:.1f} s after its return\n", port, seconds_since(begun));
  }

  std::atomic<bool> is_broken_{false};
  std::atomic<bool> is_over_{false};
  std::thread running_;
  int starts_ = 0;
  std::unique_ptr<RealAlertmanager> slow_;
  std::unique_ptr<RealAlertmanager> empty_;
};

TEST_F(ManyAlerts, NeverEndWhileTheyAreOpenAndAreToldSoonAfterAReturn) {
  Pages pages_of_slow(kSinkOfSlow);
  Pages pages_of_empty(kSinkOfEmpty);
  const Sink proxy("slow", kProxy, {url(kSlow), "2.5"});
  start_slow();
  start_empty();
  start_watch();
  // Only what answered before can go missing.
  ASSERT_TRUE(eventually([] { return !firing(kEmpty, "RollcallHeartbeat").empty(); }, kPatience));
  is_broken_ = true;
  auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([] { return all_fire(kSlow) && all_fire(kEmpty); }, kPatience));
  fmt::print("all told at first after {:.1f} s\n", seconds_since(begun));
  // An Alertmanager that stops while it sends a page sends that page again when it is back.
  const int all = static_cast<int>(kIncidents);
  const Counts once{{"firing", {{1, all}}}};
  const Counts twice{{"firing", {{2, all}}}};
  ASSERT_TRUE(
      eventually([&] { return pages_of_slow.counts() == once && pages_of_empty.counts() == once; },
                 kPatience));

  slow_->terminate();
  start_slow();
  expect_told_again(kSlow, {kEmpty});
  empty_.reset();
  start_empty();
  expect_told_again(kEmpty, {kSlow});

  end_watch();
  const std::string restarted = now_text();
  begun = std::chrono::steady_clock::now();
  start_watch();
  EXPECT_TRUE(without_a_gap(
      {kSlow, kEmpty}, [&] { return all_fire(kSlow, restarted) && all_fire(kEmpty, restarted); }));
  fmt::print("all told again {:.1f} s after the restart of the watch\n", seconds_since(begun));
  EXPECT_TRUE(eventually([&] { return pages_of_empty.counts() == twice; }, kPatience));
  EXPECT_EQ(pages_of_slow.counts(), once);
  EXPECT_EQ(pages_of_empty.counts(), twice);

  is_broken_ = false;
  const Counts slow_in_all{{"firing", {{1, all}}}, {"resolved", {{1, all}}}};
  const Counts empty_in_all{{"firing", {{2, all}}}, {"resolved", {{1, all}}}};
  EXPECT_TRUE(eventually(
      [&] {
        return pages_of_slow.counts() == slow_in_all && pages_of_empty.counts() == empty_in_all;
      },
      kPatience));
  EXPECT_EQ(pages_of_slow.counts(), slow_in_all);
  EXPECT_EQ(pages_of_empty.counts(), empty_in_all);
  EXPECT_THAT(firing(kSlow), ::testing::IsEmpty());
  EXPECT_THAT(firing(kEmpty), ::testing::IsEmpty());
}

}  // namespace
}  // namespace rollcall::cli
