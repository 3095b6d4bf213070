// A service with something that hangs: a sweep, or a thread.
#include <gmock/gmock.h>

#include "cli/web/api/sentence.h"
#include "tests/cli/service/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

class Hanging : public ServiceFixture {
 protected:
  Hanging() {
    config_.alerts.heartbeat = 1s;
    config_.alerts.commands.push_back(
        {.name = "file", .argv = {"/usr/bin/tee", "-a", folder_.file("told")}, .limit = 10s});
    threads_ = std::make_shared<ThreadRegistry>();
  }
  std::unique_ptr<Service> begin(const RunSweep& run_sweep) {
    auto service = Service::start(config_, {run_sweep, SweepRequest{.seed = 1, .epoch = Epoch{1}}},
                                  clock_, log_, threads_);
    if (!service) {
      ADD_FAILURE() << service.error().to_string();
      std::abort();
    }
    return *std::move(service);
  }
  std::unique_ptr<Service> begin() {
    return begin([this](const auto& table, const auto&, const auto&) { return sweep(table); });
  }
  template <typename Condition>
  bool rounds_until(Service& service, const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      service.round();
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  void sweep_once(Service& service) {
    const auto sweeps = [&] { return view_of(service)->totals.conclusive; };
    const auto before = sweeps();
    EXPECT_TRUE(rounds_until(service, [&] { return sweeps() > before; }));
  }
  int notified(const std::string& word) const {
    std::ifstream file(folder_.file("told"));
    int count = 0;
    for (std::string line; std::getline(file, line);) count += line.contains(word);
    return count;
  }

  fakes::FakeClock clock_;
  std::shared_ptr<ThreadRegistry> threads_;
};

TEST_F(Hanging, EndsASweepThatDoesNotEnd) {
  std::atomic<bool> is_over = false;
  const auto service = begin([&](const auto& table, const auto&, const SweepHooks& hooks) {
    while (!hooks.interrupted()) std::this_thread::sleep_for(1ms);
    is_over = true;
    auto result = sweep(table);
    result->sound = result->conclusive = false;
    result->inconclusive_reasons = {"interrupted"};
    return result;
  });
  ASSERT_TRUE(rounds_until(*service, [&] { return view_of(*service)->is_sweeping; }));
  clock_.advance(4min);
  service->round();
  EXPECT_FALSE(is_over);
  clock_.advance(2min);
  ASSERT_TRUE(rounds_until(*service, [&] { return view_of(*service)->last_sweep.has_value(); }));
  EXPECT_THAT(view_of(*service)->last_sweep->reason, HasSubstr("it took longer than 300 s"));
}

TEST_F(Hanging, IsReadyDuringASweepForItsLongestTimeAtMost) {
  std::atomic<bool> may_end = true;
  const auto service = begin([&](const auto& table, const auto&, const auto&) {
    while (!may_end) std::this_thread::sleep_for(1ms);
    return sweep(table);
  });
  sweep_once(*service);
  may_end = false;
  clock_.advance(5s);
  ASSERT_TRUE(rounds_until(*service, [&] { return view_of(*service)->is_sweeping; }));
  EXPECT_TRUE(view_of(*service)->is_ready(clock_.now() + 4min));
  EXPECT_FALSE(view_of(*service)->is_ready(clock_.now() + 6min));
  may_end = true;
  sweep_once(*service);
}

TEST_F(Hanging, IsNotReadyAndSendsNoHeartbeatWhileAThreadIsStuck) {
  const auto service = begin();
  sweep_once(*service);
  clock_.advance(1100ms);
  ASSERT_TRUE(rounds_until(*service, [&] { return notified("heartbeat") > 0; }));
  threads_->publish("sender", {"a write to the disk"});
  service->round();
  clock_.advance(1100ms);
  service->round();
  EXPECT_FALSE(view_of(*service)->is_ready(clock_.now()));
  const auto problems = web::vantage_problems(*view_of(*service), clock_.now());
  EXPECT_THAT(problems, Contains(HasSubstr("makes no progress: sender")));
  EXPECT_THAT(problems, Contains("a write to the disk does not return"));
  const auto is_idle = [&] { return service->receivers().front().waiting == 0; };
  ASSERT_TRUE(rounds_until(*service, is_idle));
  const int before = notified("heartbeat");
  clock_.advance(1100ms);
  service->round();
  ASSERT_TRUE(rounds_until(*service, is_idle));
  EXPECT_EQ(notified("heartbeat"), before);
  threads_->publish("", {});
  clock_.advance(1100ms);
  EXPECT_TRUE(rounds_until(*service, [&] { return notified("heartbeat") > before; }));
}

TEST_F(Hanging, RefusesToStartBesideAnotherRollcall) {
  const auto service = begin();
  const auto second =
      Service::start(config_,
                     {[this](const auto& table, const auto&, const auto&) { return sweep(table); },
                      SweepRequest{.seed = 1, .epoch = Epoch{1}}},
                     clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().to_string(), HasSubstr("another rollcall"));
}

}  // namespace
}  // namespace rollcall::cli
