#include "cli/service/dependencies.h"

#include <gmock/gmock.h>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNow{1000h};
constexpr WallTime kWall{std::chrono::hours(24 * 365 * 50)};

class FailedDependencies : public testing::Test {
 protected:
  // The names of those that people are told of, `after` the beginning.
  std::vector<std::string> update(Duration after, std::vector<DependencyFailure> failures) {
    dependencies_.update(failures, kNow + after, kWall + after);
    std::vector<std::string> names;
    for (const auto& failed : dependencies_.overdue(kNow + after)) names.push_back(failed.name);
    return names;
  }
  static watch::Incident incident_of(const char* name, WallTime started) {
    watch::Incident incident;
    incident.scope = watch::IncidentScope::kDependency;
    incident.subject = name;
    incident.started_at = started;
    return incident;
  }

  Dependencies dependencies_;
};

TEST_F(FailedDependencies, AreToldWhenTheyOutlastTheirPatience) {
  const DependencyFailure receiver{"receiver a", "refused", 10min, {}};
  const DependencyFailure source{"source b", "HTTP status 502", 24h, {}};
  EXPECT_THAT(update(0s, {receiver, source}), IsEmpty());
  EXPECT_THAT(update(9min, {receiver, source}), IsEmpty());
  EXPECT_THAT(update(10min, {receiver, source}), ElementsAre("receiver a"));
  EXPECT_THAT(update(23h, {source}), IsEmpty()) << "the receiver is back";
  EXPECT_THAT(update(24h, {receiver, source}), ElementsAre("source b"))
      << "a receiver that fails again is given its time again";
}

TEST_F(FailedDependencies, KeepTheirAgeFromBeforeTheProcess) {
  const DependencyFailure source{"source b", "HTTP status 502", 24h, kWall - 23h};
  EXPECT_THAT(update(0s, {source}), IsEmpty());
  EXPECT_THAT(update(1h, {source}), ElementsAre("source b"));
  EXPECT_EQ(dependencies_.overdue(kNow + 1h)[0].since, kWall - 23h);
}

TEST_F(FailedDependencies, DoNotAgeByAStepOfTheWallClock) {
  const DependencyFailure source{"source b", "HTTP status 502", 24h, {}};
  EXPECT_THAT(update(0s, {source}), IsEmpty());
  dependencies_.update({source}, kNow + 1h, kWall + 48h);
  EXPECT_THAT(dependencies_.overdue(kNow + 1h), IsEmpty());
  const DependencyFailure ahead{"source c", "HTTP status 502", 24h, kWall + 48h};
  EXPECT_THAT(update(25h, {ahead}), IsEmpty()) << "begun in the future: it begins now";
}

TEST_F(FailedDependencies, OfAFormerProcessLastUntilTheyWereTriedAgain) {
  const std::vector open{incident_of("receiver a", kWall - 2h),
                         incident_of("source b", kWall - 2h)};
  dependencies_.restore(open, kNow, kWall);
  EXPECT_THAT(update(1s, {}), ElementsAre("receiver a", "source b"));
  const DependencyFailure receiver{"receiver a", "refused", 10min, {}};
  EXPECT_THAT(update(1min, {receiver}), ElementsAre("receiver a", "source b"));
  EXPECT_EQ(dependencies_.overdue(kNow + 1min)[0].since, kWall - 2h);
  EXPECT_EQ(dependencies_.overdue(kNow + 1min)[0].why, "refused");
  EXPECT_THAT(update(6min, {receiver}), ElementsAre("receiver a")) << "the source is in order";
  EXPECT_THAT(update(7min, {}), IsEmpty());
}

TEST_F(FailedDependencies, OfAFormerProcessThatFailAlreadyAreToldAtOnce) {
  const DependencyFailure receiver{"receiver a", "refused", 10min, {}};
  EXPECT_THAT(update(0s, {receiver}), IsEmpty());
  dependencies_.restore(std::vector{incident_of("receiver a", kWall - 2h)}, kNow + 1s, kWall + 1s);
  EXPECT_THAT(update(2s, {receiver}), ElementsAre("receiver a"));
  EXPECT_THAT(update(3s, {}), IsEmpty());
}

TEST_F(FailedDependencies, AreNotMadeOfOtherIncidents) {
  watch::Incident incident = incident_of("web1", kWall);
  incident.scope = watch::IncidentScope::kGroup;
  dependencies_.restore(std::vector{incident}, kNow, kWall);
  EXPECT_THAT(update(1s, {}), IsEmpty());
}

}  // namespace
}  // namespace rollcall::cli
