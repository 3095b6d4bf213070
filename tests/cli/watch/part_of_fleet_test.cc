// What a service asks when only a part of its fleet is due.
#include <gmock/gmock.h>

#include <mutex>

#include "tests/cli/watch/service_fixture.h"

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

  fakes::FakeClock clock_;
  std::mutex mutex_;
  std::vector<std::size_t> targets_;  // of each sweep
  std::vector<std::size_t> candidates_;
};

// A server is down: it alone is asked again, and nobody of it answers.
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

}  // namespace
}  // namespace rollcall::cli
