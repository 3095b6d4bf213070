// `rollcall check-config` as a user runs it.
#include <gmock/gmock.h>

#include <fstream>

#include "cli/commands.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::cli {
namespace {

using history::testing::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;
};

Outcome check(const std::string& path) {
  CLI::App app("", "rollcall");
  Outcome outcome;
  Commands commands;
  add_check_config_command(app, commands);
  CaptureStdout();
  CaptureStderr();
  app.parse(std::vector<std::string>{path, "check-config"});  // backwards, as CLI11 takes them
  outcome.exit = commands.run();
  outcome.out = GetCapturedStdout();
  outcome.err = GetCapturedStderr();
  return outcome;
}

class CheckConfig : public testing::Test {
 protected:
  std::string config(const std::string& fleet, const std::string& sweep) {
    std::ofstream(folder_.file("rollcall.toml"))
        << "[inventory]\nfiles = [\"" << fleet << "\"]\n[sweep]\n"
        << sweep << "\n[history]\nfolder = \"" << folder_.path() << "\"\n";
    return folder_.file("rollcall.toml");
  }

  TemporaryFolder folder_{TemporaryFolder::On::kDisk};
};

TEST_F(CheckConfig, WarnsOfMoreTargetsThanASweepCanAskWithinItsInterval) {
  std::ofstream(folder_.file("fleet.csv"))
      << "address,ports,group\n10.0.0.0-10.0.63.255,80,web42\n";
  const Outcome slow = check(config(folder_.file("fleet.csv"), "interval = \"10s\""));
  EXPECT_EQ(slow.exit, 0);
  EXPECT_THAT(slow.out, HasSubstr("in order"));
  EXPECT_THAT(slow.err, AllOf(HasSubstr("warning: it takes 33 s to ask the 16384 targets of web42"),
                              HasSubstr("longer than the interval of 10")));
  const Outcome in_time = check(config(folder_.file("fleet.csv"), "interval = \"60s\""));
  EXPECT_EQ(in_time.exit, 0);
  EXPECT_THAT(in_time.err, Not(HasSubstr("interval")));
}

TEST_F(CheckConfig, SaysNothingOfAnInventoryThatIsNotThereYet) {
  const Outcome outcome = check(config(folder_.file("none.csv"), "interval = \"10s\""));
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.err, Not(HasSubstr("none.csv")));
}

}  // namespace
}  // namespace rollcall::cli
