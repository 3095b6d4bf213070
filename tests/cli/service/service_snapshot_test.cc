#include <gmock/gmock.h>

#include <map>

#include "tests/cli/service/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

// Each read returns a time one second later than the read before.
class HurriedClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return TimePoint(1000s); }
  WallTime wall() const noexcept override { return WallTime(50 * 365 * 24h + ++looks_ * 1s); }

 private:
  mutable std::atomic<int> looks_ = 0;
};

using APicture = ServiceFixture;

// A silence that ends between two reads of the clock is in every part of a snapshot or in no part.
TEST_F(APicture, IsOfOneMoment) {
  const HurriedClock clock;
  const auto service = start(clock);
  std::map<std::string, WallTime> ends;
  for (int lasts = 1; lasts <= 60; ++lasts) {
    watch::Silence silence{.groups = {"web1"}, .author = "anna", .reason = "disks"};
    silence.starts_at = clock.wall();
    silence.ends_at = silence.starts_at + (lasts % 17 + 10) * 1s;
    const auto added = service->add_silence(silence);
    ASSERT_TRUE(added);
    ends[added->id] = added->ends_at;
    const auto view = view_of(*service);
    const auto open = std::ranges::count_if(ends, [&](auto& end) { return end.second > view->at; });
    EXPECT_EQ(view->silences.size(), static_cast<std::size_t>(open)) << lasts;
  }
}

}  // namespace
}  // namespace rollcall::cli
