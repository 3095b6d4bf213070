#include <gtest/gtest.h>

#include "tests/cli/render/sweep_fixture.h"

namespace rollcall::cli {
namespace {

using inventory::Expect;
using verdict::Fate;
using verdict::Fleet;

struct ExitCase {
  const char* description;
  Fleet fleet;
  bool sound;
  int expected;
};

Fleet group() {
  return Fleet().group("web42").add("10.0.42.1", 3, Fate::kOpens);
}

const ExitCase kCases[] = {
    {"all open", group(), true, 0},
    {"closed where bound suffices", group().add("10.0.42.9", 1, Fate::kRefuses, 22, Expect::kBound),
     true, 0},
    {"a service closed", group().add("10.0.42.9", 1, Fate::kRefuses), true, 1},
    {"an address missing", group().add("10.0.42.9", 1, Fate::kSilent), true, 2},
    {"a whole group missing", group().group("b").add("10.0.43.1", 1, Fate::kUnreachable), true, 2},
    {"nothing known of an address", group().add("10.0.42.9", 1, Fate::kNotSent), true, 3},
    {"nothing known of one port of an answering address",
     group().add_ports("10.0.42.9", {{80, Fate::kOpens}, {443, Fate::kInterrupted}}), true, 3},
    {"a confirmed outage is not hidden by an unknown elsewhere",
     group().add("10.0.42.9", 1, Fate::kSilent).group("b").add("10.0.43.1", 1, Fate::kNotSent),
     true, 2},
    {"a service closed, and elsewhere nothing known",
     group().add("10.0.42.9", 1, Fate::kRefuses).group("b").add("10.0.43.1", 1, Fate::kNotSent),
     true, 3},
    {"missing beside closed",
     group().add("10.0.42.8", 1, Fate::kRefuses).add("10.0.42.9", 1, Fate::kSilent), true, 2},
    {"a group of silent and unknown addresses: something is surely missing",
     Fleet().group("b").add("10.0.43.1", 1, Fate::kSilent).add("10.0.43.2", 1, Fate::kNotSent),
     true, 2},
    {"all open, but our path was not sound", group(), false, 3},
    {"missing, but our path was not sound", group().add("10.0.42.9", 1, Fate::kSilent), false, 3},
};

TEST(ExitCode, FollowsMonitoringPlugins) {
  for (const ExitCase& test : kCases) {
    Swept swept = sweep_of(test.fleet);
    swept.result.sound = swept.result.conclusive = test.sound;
    EXPECT_EQ(sweep::exit_code(swept.result), test.expected) << test.description;
  }
}

TEST(ExitCode, LetsAConfirmedOutageStandBesideWhatCouldNotBeJudged) {
  Swept swept = sweep_of(group().add("10.0.42.9", 1, Fate::kSilent));
  swept.result.conclusive = false;  // somewhere else a target has no route
  EXPECT_EQ(sweep::exit_code(swept.result), 2);
}

}  // namespace
}  // namespace rollcall::cli
