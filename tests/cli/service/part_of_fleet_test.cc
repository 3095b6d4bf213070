// Tests which targets a service probes when only a part of its fleet is due.
#include <gmock/gmock.h>

#include <mutex>

#include "tests/cli/service/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

class APartOfTheFleet : public ServiceFixture {
 protected:
  void SetUp() override {
    config_.sweep.intervals.fleet = 15min;
    on_sweep_ = [this](const inventory::TargetTable& table) {
      const std::scoped_lock lock(mutex_);
      targets_.push_back(table.size());
      candidates_.push_back(table.canaries().size());
      for (const inventory::Canary& canary : table.canaries()) {
        EXPECT_EQ(canary.kind, inventory::CanaryKind::kCandidate);
        EXPECT_NE(table[canary.target].address.v4() >> 8 & 0xff, 1u) << "it is down itself";
      }
    };
  }

  void second(Service& service) {
    clock_.advance(1s);
    service.round();
    while (view_of(service)->is_sweeping) {
      std::this_thread::yield();
      service.round();
    }
  }

  // Breaks web1, and goes on until a sweep has seen it: now it is a suspect.
  void break_and_see(Service& service) {
    for (std::uint32_t i = 0; i < kAddresses; ++i) fates_[kAddresses + i] = Fate::kSilent;
    const auto suspects = [&] { return view_of(service)->groups[1].figures.suspects; };
    for (int i = 0; i < 1000 && suspects() == 0; ++i) second(service);
    ASSERT_EQ(suspects(), kAddresses);
  }
  int seconds_until_told(Service& service) {
    int seconds = 0;
    while (view_of(service)->incidents.empty() && seconds < 1000) {
      second(service);
      ++seconds;
    }
    return seconds;
  }

  fakes::FakeClock clock_;
  std::mutex mutex_;
  std::vector<std::size_t> targets_;  // of each sweep
  std::vector<std::size_t> candidates_;
};

// A server is down. Only its targets are rechecked, and none of them answers.
TEST_F(APartOfTheFleet, IsAskedTogetherWithSomeWhoAnswer) {
  const auto service = start(clock_);
  for (int i = 0; i < 5; ++i) second(*service);
  for (std::uint32_t i = 0; i < kAddresses; ++i) fates_[kAddresses + i] = Fate::kSilent;
  for (int i = 0; i < 1000; ++i) second(*service);
  const std::scoped_lock lock(mutex_);
  ASSERT_GE(targets_.size(), 3u);
  EXPECT_EQ(targets_[0], kGroups * kAddresses);
  EXPECT_EQ(targets_[1], kGroups * kAddresses);
  EXPECT_EQ(targets_[2], kAddresses);
  EXPECT_EQ(candidates_[0], 0u);
  EXPECT_EQ(candidates_[2], kGroups - 1);
  EXPECT_EQ(view_of(*service)->incidents.size(), 1u);
}

// A suspicion is confirmed after 15 s, however long the interval of the fleet is. This holds also
// while another group has an interval of 5 s.
TEST_F(APartOfTheFleet, IsConfirmedInTimeBesideAGroupThatIsAskedOften) {
  on_sweep_ = {};
  config_.sweep.intervals.rules = {{.group = "web5", .port = std::nullopt, .interval = 5s}};
  const auto service = start(clock_);
  for (int i = 0; i < 10; ++i) second(*service);
  break_and_see(*service);
  EXPECT_LE(seconds_until_told(*service), 20);
}

TEST_F(APartOfTheFleet, DoesNotVouchForTheRest) {
  on_sweep_ = {};
  config_.sweep.intervals.rules = {{.group = "web5", .port = std::nullopt, .interval = 5s}};
  const auto service = start(clock_);
  for (int i = 0; i < 10; ++i) second(*service);
  EXPECT_TRUE(view_of(*service)->is_ready(clock_.now()));
  is_sound_ = [](const inventory::TargetTable& table) { return table.size() == kAddresses; };
  for (int i = 0; i < 2000; ++i) second(*service);
  EXPECT_FALSE(view_of(*service)->is_ready(clock_.now())) << "only web5 has been seen";
  EXPECT_NE(view_of(*service)->degraded_reason, "");
}

TEST_F(APartOfTheFleet, IsConfirmedInTimeThoughSomebodyTakesANote) {
  const auto service = start(clock_);
  for (int i = 0; i < 10; ++i) second(*service);
  break_and_see(*service);
  ASSERT_TRUE(service->set_note({.group = "web1", .text = "disks", .author = "anna", .at = {}}));
  while (service->is_reloading()) service->round();
  EXPECT_LE(seconds_until_told(*service), 20);
}

}  // namespace
}  // namespace rollcall::cli
