// Tests which changes of its sources and configuration a running service applies or refuses.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "cli/config/parse_config.h"
#include "tests/cli/service/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Reload : public ServiceFixture {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name)) << text;
  }
  void write_config(const std::string& interval, const std::string& more = "") {
    write("rollcall.toml", fmt::format("[inventory]\nfiles = [\"{}\"]\n[sweep]\ninterval = \"{}\"\n"
                                       "[history]\nfolder = \"{}\"\n{}",
                                       folder_.file("fleet.csv"), interval, folder_.path(), more));
  }
  void read_config() {
    auto config = load_config(folder_.file("rollcall.toml"));
    ASSERT_TRUE(config) << config.error().to_string();
    config_ = *std::move(config);
  }
  void settle(Service& service) {
    do {
      std::this_thread::sleep_for(1ms);
      service.round();
    } while (service.is_reloading() || view_of(service)->is_sweeping);
    service.round();
  }

  fakes::FakeClock clock_;
};

TEST_F(Reload, TakesOverIntervalsAndNamesWhatNeedsARestart) {
  write_config("10m");
  read_config();
  const auto service = start(clock_);
  write_config("30s", "[log]\nlevel = \"debug\"\n");
  service->reload({});
  settle(*service);
  EXPECT_EQ(view_of(*service)->interval, 30s);
  EXPECT_THAT(view_of(*service)->config_problem,
              AllOf(HasSubstr("rollcall.toml"), HasSubstr("log")));
  write_config("30s");
  service->reload({});
  settle(*service);
  EXPECT_THAT(view_of(*service)->config_problem, IsEmpty());
}

TEST_F(Reload, RefusesAWrongConfigurationWithItsPlace) {
  write_config("10m");
  read_config();
  const auto service = start(clock_);
  write_config("30 sec");
  service->reload({});
  settle(*service);
  EXPECT_EQ(view_of(*service)->interval, 10min);
  EXPECT_THAT(view_of(*service)->config_problem, HasSubstr("rollcall.toml:4:"));
}

TEST_F(Reload, TakesOverAnotherListOfSources) {
  write_config("10m");
  read_config();
  const auto service = start(clock_);
  write("fleet.csv.new", "10.0.0.1-10.0.0.3:80\n");
  write("rollcall.toml",
        fmt::format("[inventory]\nfiles = [\"{}\"]\n[sweep]\ninterval = \"10m\"\n[history]\n"
                    "folder = \"{}\"\n",
                    folder_.file("fleet.csv.new"), folder_.path()));
  service->reload({});
  settle(*service);
  EXPECT_EQ(service->targets(), 3);
  EXPECT_THAT(service->inventory_problem(), IsEmpty());
}

TEST_F(Reload, NamesAnOverrideOfAGroupThatIsGone) {
  config_.sweep.intervals.rules = {{.group = "web0", .port = {}, .interval = 5s}};
  const auto service = start(clock_);
  settle(*service);
  EXPECT_THAT(view_of(*service)->source_remarks, IsEmpty());
  std::string fleet = "address,ports,group\n";
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    fleet += fmt::format("10.0.{0}.1-10.0.{0}.{1},80,{2}{0}\n", i, kAddresses,
                         i == 0 ? "server" : "web");
  }
  write("fleet.csv", fleet);
  service->reload({});
  settle(*service);
  EXPECT_THAT(view_of(*service)->source_remarks, ElementsAre(HasSubstr("'web0'")));
}

TEST_F(Reload, RefusesAListThatGrewTooMuchAlsoOverARestart) {
  auto service = start(clock_);
  write("fleet.csv", "10.0.0.0-10.0.31.255:80\n");
  service->reload({});
  settle(*service);
  EXPECT_EQ(service->targets(), kGroups * kAddresses);
  EXPECT_THAT(service->inventory_problem(), HasSubstr("allow_growth=1"));
  service.reset();
  service = start(clock_);
  EXPECT_EQ(service->targets(), kGroups * kAddresses);
  EXPECT_THAT(service->inventory_problem(), HasSubstr("allow_growth=1"));
}

TEST_F(Reload, StartsWithoutATargetAndWatchesWhenTheSourceComes) {
  config_.inventory.files = {folder_.file("late.csv")};
  const auto service = start(clock_);
  service->round();
  EXPECT_EQ(service->targets(), 0);
  EXPECT_FALSE(view_of(*service)->is_ready(clock_.now()));
  EXPECT_THAT(service->inventory_problem(), HasSubstr("late.csv"));
  write("late.csv", "10.0.0.1-10.0.0.3:80\n");
  clock_.advance(11s);
  settle(*service);
  settle(*service);
  EXPECT_EQ(service->targets(), 3);
  EXPECT_THAT(service->inventory_problem(), IsEmpty());
  EXPECT_TRUE(view_of(*service)->last_sweep);
}

TEST_F(Reload, ARestartWithAHangingSourceBeginsWithWhatIsRemembered) {
  start(clock_).reset();
  const std::string path = folder_.file("fleet.csv");
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Fd writer(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(writer.get(), "1", 1), 1);  // and no more: the reader waits
  auto service = start(clock_);
  EXPECT_EQ(service->targets(), kGroups * kAddresses);
  EXPECT_THAT(service->inventory_problem(), HasSubstr("not been read yet"));
  service.reset();  // ends although the source hangs
}

}  // namespace
}  // namespace rollcall::cli
