#include "cli/service/capacity.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "tests/cli/service/service_fixture.h"
#include "tests/fakes/small_table.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string why(const inventory::TargetTable& table, const SweepConfig& sweep) {
  return why_intervals_are_missed(table, watch::Schedule(table, sweep.intervals, TimePoint{}),
                                  sweep);
}

TEST(IntervalsAreMissed, WhereAGroupIsTooLargeForItsRate) {
  const auto table = fakes::consecutive_table(6000, 6000);
  EXPECT_THAT(why(table, {.intervals = {.fleet = 12s}}), IsEmpty()) << "6,000 at 500/s";
  EXPECT_THAT(why(table, {.intervals = {.fleet = 10s}}),
              AllOf(HasSubstr("it takes 12 s to ask the 6000 targets of g0 at sweep.group_rate = "
                              "500, longer than the interval of 10"),
                    HasSubstr("Fix: raise sweep.group_rate or the interval")));
  EXPECT_THAT(why(table, {.intervals = {.fleet = 10s}, .group_rate = {1000}}), IsEmpty());
}

TEST(IntervalsAreMissed, WhereTheFleetIsTooLargeForTheRate) {
  const auto table = fakes::consecutive_table(6000);
  EXPECT_THAT(why(table, {.intervals = {.fleet = 10s}}), IsEmpty()) << "the rate is found";
  EXPECT_THAT(why(table, {.intervals = {.fleet = 10s}, .rate = PacketRate{500}}),
              AllOf(HasSubstr("it takes 12 s to ask 6000 targets at sweep.rate = 500"),
                    HasSubstr("Fix: raise sweep.rate or the interval")));
}

TEST(IntervalsAreMissed, WhereSweepsOfSeveralIntervalsDoNotFitTogether) {
  const auto table = fakes::consecutive_table(6000, 3000);
  SweepConfig sweep{.intervals = {.fleet = 8s}, .rate = PacketRate{500}};
  sweep.intervals.rules.push_back({.group = "g1", .port = {}, .interval = 10s});
  EXPECT_THAT(why(table, sweep), AllOf(HasSubstr("together need 135 % of the time"),
                                       HasSubstr("3000 targets at sweep.rate = 500 every 8")));
}

TEST(IntervalsAreMissed, NotByAnEmptyFleet) {
  EXPECT_THAT(why(fakes::table_of({}), {}), IsEmpty());
}

TEST(ASweepThatOutlastsItsInterval, BlamesTheRatesOnlyWhereSendingTookThatLong) {
  sweep::SweepResult result;
  result.path = {.rate_pps = 500, .probes_sent = 20};
  EXPECT_THAT(why_it_outlasted(result, 5s),
              AllOf(HasSubstr("asked silent targets again"), HasSubstr("its rates suffice")));
  result.path.probes_sent = 6000;
  EXPECT_THAT(why_it_outlasted(result, 5s), HasSubstr("Fix: raise sweep.rate or the interval"));
  result.path.group_rate_limits = true;
  EXPECT_THAT(why_it_outlasted(result, 5s), HasSubstr("Fix: raise sweep.group_rate"));
}

class AServiceThatCannotKeepItsInterval : public ServiceFixture {};

TEST_F(AServiceThatCannotKeepItsInterval, LogsItAtItsStart) {
  config_.sweep.group_rate = {1};
  const std::string path = folder_.file("watch.log");
  const Fd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  {
    Log log({.format = LogFormat::kText, .level = LogLevel::kWarning}, system_clock_, file.get());
    const fakes::FakeClock clock;
    const auto service = start(clock, log);
  }  // the log's own thread has written all of it
  std::ifstream stream(path);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text, HasSubstr("sweeps cannot keep their interval"));
  EXPECT_THAT(text, HasSubstr("it takes 8 s to ask the 8 targets of web0"));
}

}  // namespace
}  // namespace rollcall::cli
