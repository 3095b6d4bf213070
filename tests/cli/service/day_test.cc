// A bad day of a large fleet in accelerated time, on a real history and with a real webhook: a rack
// dies, targets flap, the receiver and the disk are away for a while, the wall clock steps. Prints
// what grew, and holds it to bounds.
//
// In CI it is a short day of few targets. The day that counts:
//   ROLLCALL_DAY_HOURS=24 ROLLCALL_DAY_TARGETS=100000 test_day
#include <fcntl.h>
#include <gmock/gmock.h>
#include <malloc.h>

#include <atomic>
#include <climits>
#include <thread>

#include "engine/base/fd.h"
#include "tests/cli/service/service_fixture.h"
#include "tests/scheduler/alert/process.h"
#include "tests/scheduler/history/failing_disk.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using alert::testing::Sink;
using std::chrono::duration_cast;

constexpr int kPort = 8080;
constexpr std::uint32_t kPerGroup = 250;
constexpr std::uint32_t kGroupsOfARack = 4;
constexpr Duration kInterval = 10s;
constexpr auto kPatience = 60s;  // of the real clock, for what is to end

std::uint32_t number_from_environment(const char* name, std::uint32_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

// Moved by the test, read by all threads of the service.
class DayClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return TimePoint(Duration(now_.load())); }
  WallTime wall() const noexcept override {
    return WallTime(Duration(now_.load() + ahead_.load()));
  }
  void advance(Duration by) { now_ += by.count(); }
  void step_wall(Duration by) { ahead_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = Duration(1000s).count();
  std::atomic<std::int64_t> ahead_ = Duration(std::chrono::hours(24 * 365 * 50)).count();
};

// Resources that the process and its history use.
struct Usage {
  double rss_mb = 0;
  std::size_t descriptors = 0;
  double history_mb = 0;  // with its log
  std::size_t log_lines = 0;
};

class Day : public ServiceFixture {
 protected:
  Day() {
    lab::enter_own_namespace();
    lab::run("ip link set lo up");
    sink_ = std::make_unique<Sink>("http", kPort);
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group,parent\n";
    for (std::uint32_t first = 0; first < kTargets; first += kPerGroup) {
      const std::uint32_t last = std::min(first + kPerGroup, kTargets) - 1;
      const std::uint32_t group = first / kPerGroup;
      fleet << fmt::format("{}-{},80,group{},rack{}\n", address_of(first), address_of(last), group,
                           group / kGroupsOfARack);
    }
    config_.sweep.intervals.fleet = kInterval;
    config_.judgement = {};
    config_.alerts.heartbeat = 60s;
    config_.alerts.webhooks = {
        {.name = "hook", .http = {.url = fmt::format("http://127.0.0.1:{}/taken", kPort)}}};
  }

  static std::string address_of(std::uint32_t row) {
    return fmt::format("10.{}.{}.{}", row >> 16, row >> 8 & 255, row & 255);
  }
  // A share of the day.
  static Duration at(double share) {
    return duration_cast<Duration>(std::chrono::duration<double>(share * 3600 * kHours));
  }
  Duration time() const { return clock_.now() - begun_; }
  bool is_between(double from, double until) const {
    return time() >= at(from) && time() < at(until);
  }

  // Rack 1 dies, with it later half of a group elsewhere; twenty targets flap each half minute.
  bool is_gone(std::uint32_t row) const {
    const std::uint32_t group = row / kPerGroup;
    if (group / kGroupsOfARack == 1 && is_between(0.10, 0.20)) return true;
    if (group == 0 && row % 2 == 0 && (is_between(0.47, 0.52) || is_between(0.56, 0.59))) {
      return true;
    }
    return group == 2 && row % kPerGroup < 20 && is_between(0.25, 0.40) && time() / 30s % 2 == 0;
  }

  Result<sweep::SweepResult> sweep_of(const inventory::TargetTable& table) {
    ++sweeps_;
    const auto up = verdict::settle_as(Fate::kOpens, {});
    const auto gone = verdict::settle_as(Fate::kSilent, {});
    sweep::SweepResult result;
    result.started_at = clock_.wall();
    result.sound = result.conclusive = true;
    result.states.reserve(table.size());
    for (const inventory::Target& target : table.in_scan_order()) {
      result.states.push_back(is_gone(target.address.v4() & 0xffffff) ? gone : up);
      ++result.counts[static_cast<std::size_t>(verdict::verdict_of(result.states.back()))];
    }
    return result;
  }

  void start_watch() {
    begun_ = clock_.now();
    auto service = Service::start(config_,
                                  {[this](const inventory::TargetTable& table, const SweepRequest&,
                                          const SweepHooks&) { return sweep_of(table); },
                                   SweepRequest{.seed = 1, .epoch = Epoch{1}}},
                                  clock_, day_log_);
    ASSERT_TRUE(service) << service.error().to_string();
    service_ = *std::move(service);
  }
  // A second of the day.
  void pass() {
    clock_.advance(1s);
    service_->round();
    while (view_of(*service_)->is_sweeping) {
      std::this_thread::sleep_for(100us);
      service_->round();
    }
    if (sink_ && ++passed_ % 30 == 0) {
      while (sink_->next(1ms)) ++alerts_;
    }
    open_most_ = std::max(open_most_, view_of(*service_)->incidents.size());
  }
  void pass_until(double share) {
    while (time() < at(share)) pass();
  }
  // Until then, or for too long.
  bool pass_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      pass();
      std::this_thread::sleep_for(1ms);  // the receiver's thread is of the real time
    }
    return condition();
  }

  Usage use(const char* when) {
    ::malloc_trim(0);
    Usage usage;
    std::ifstream("/proc/self/statm") >> usage.log_lines >> usage.rss_mb;
    usage.rss_mb *= static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      usage.descriptors += entry.exists() ? 1 : 0;
    }
    for (const std::string& name : folder_.files("history.db")) {
      usage.history_mb += static_cast<double>(std::filesystem::file_size(folder_.file(name))) / 1e6;
    }
    std::ifstream log(folder_.file("log"));
    usage.log_lines =
        static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(log), {}, '\n'));
    fmt::print(
        "{:5.1f} h {:<28} {:6.1f} MB of memory, {} descriptors, {:5.1f} MB of history, "
        "{} log lines\n",
        std::chrono::duration<double>(time()).count() / 3600, when, usage.rss_mb, usage.descriptors,
        usage.history_mb, usage.log_lines);
    std::fflush(stdout);
    return usage;
  }

  static inline const std::uint32_t kHours = number_from_environment("ROLLCALL_DAY_HOURS", 1);
  static inline const std::uint32_t kTargets =
      number_from_environment("ROLLCALL_DAY_TARGETS", 10'000);

  DayClock clock_;
  TimePoint begun_;
  Fd log_file_{
      ::open(folder_.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  Log day_log_{{.format = LogFormat::kText, .level = LogLevel::kInfo}, clock_, log_file_.get()};
  std::unique_ptr<Sink> sink_;  // in the namespace, and not always there
  std::unique_ptr<Service> service_;
  std::atomic<std::uint64_t> sweeps_ = 0;
  std::uint64_t passed_ = 0;
  std::size_t alerts_ = 0;
  std::size_t open_most_ = 0;
};

TEST_F(Day, NeitherLogNorHistoryNorMemoryNorDescriptorsGrowBeyondTheirBounds) {
  history::testing::FailingDisk disk;
  start_watch();
  EXPECT_EQ(service_->targets(), kTargets);
  pass_until(0.08);
  const Usage quiet = use("quiet");
  pass_until(0.22);
  use("a rack died and came back");
  pass_until(0.42);
  use("twenty targets flapped");
  pass_until(0.45);
  sink_.reset();
  pass_until(0.45 + 1.0 / 24);
  use("no receiver");
  sink_ = std::make_unique<Sink>("http", kPort);
  pass_until(0.55);
  disk.fail(1, INT_MAX, SQLITE_FULL);
  pass_until(0.60);
  const Usage full = use("the disk is full");
  disk.heal();
  pass_until(0.65);
  clock_.step_wall(3h);
  pass_until(0.70);
  clock_.step_wall(-3h);
  pass_until(0.75);
  clock_.step_wall(std::chrono::hours(24 * 3650));
  pass_until(0.76);
  clock_.step_wall(-std::chrono::hours(24 * 3650));
  pass_until(0.80);
  use("the wall clock stepped");
  pass_until(1.0);
  const auto is_well = [&] {
    return view_of(*service_)->incidents.empty() && service_->receivers()[0].waiting == 0 &&
           !service_->receivers()[0].failing;
  };
  EXPECT_TRUE(pass_until(is_well)) << view_of(*service_)->incidents.size() << " incidents, "
                                   << service_->receivers()[0].waiting << " alerts wait";
  for (int second = 0; second < 3; ++second) pass();  // the last delivery is written down, too
  const Usage end = use("the end");
  service_.reset();

  history::Reader reader(folder_.path());
  const auto incidents =
      history::testing::value_of(reader.incidents({.rows = history::kPageRowsMax})).rows;
  for (const watch::Incident& incident : incidents) {
    fmt::print("{} {}: {}\n", to_string(incident.scope), incident.subject, incident.sentence);
    EXPECT_TRUE(incident.ended_at) << incident.subject;
  }
  SQLite::Database database(folder_.file(), SQLite::OPEN_READWRITE);
  const auto rows = [&](const char* table) {
    return database.execAndGet(fmt::format("SELECT count(*) FROM {}", table)).getUInt();
  };
  fmt::print(
      "{} sweeps, {} transitions, {} incidents (at most {} at once), {} alerts taken, "
      "{} waiting\n",
      sweeps_.load(), rows("transitions"), incidents.size(), open_most_, alerts_,
      rows("outbox WHERE settled_at IS NULL"));
  EXPECT_EQ(history::testing::integrity(folder_.file()), "ok");
  EXPECT_EQ(rows("outbox WHERE settled_at IS NULL"), 0U);
  EXPECT_GE(sweeps_, kHours * 3600 / 10 * 9 / 10);
  EXPECT_GT(incidents.size(), 2U) << "too little happened";
  EXPECT_LT(incidents.size(), 50U);

  // A few lines for each incident and trouble, and one for each sweep that differs from the last,
  // as in flapping. One line a sweep would be 360 an hour.
  EXPECT_LT(end.log_lines, 100U + 60U * kHours);
  // One row for each sweep, each transition (with its indices) and each target.
  EXPECT_LT(end.history_mb, 5 + (300.0 * static_cast<double>(sweeps_) +
                                 400.0 * rows("transitions") + 300.0 * kTargets) /
                                    1e6);
  // The queue of rows is bounded while the disk is full: 300,000 rows are about 100 MB.
  EXPECT_LT(full.rss_mb, quiet.rss_mb + 150);
  EXPECT_LT(end.rss_mb, 1.1 * quiet.rss_mb + 10);
  EXPECT_LE(end.descriptors, quiet.descriptors + 2);
}

}  // namespace
}  // namespace rollcall::cli
