#include "cli/options/fleet_options.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace rollcall::cli {
namespace {

using testing::HasSubstr;

std::string error_of(const FleetOptions& options) {
  const auto fleet = load_fleet(options, 1);
  return fleet ? "" : fleet.error().to_string();
}

TEST(FleetOptions, AskForTargetsOnlyWhereACommandTakesSome) {
  ::unsetenv("ROLLCALL_INVENTORY");
  ASSERT_NE(::access("/etc/rollcall/fleet.csv", F_OK), 0) << "this host has a fleet of its own";
  EXPECT_THAT(error_of({}), HasSubstr("name targets, or an inventory with -i FILE"));
  EXPECT_THAT(error_of({.takes_targets = false}), HasSubstr("name an inventory with -i FILE"));
}

TEST(FleetOptions, DropNoTargetBesideAGroup) {
  EXPECT_THAT(
      error_of(
          {.files = {"/no/such/fleet.csv"}, .targets = {"198.18.2.7:80"}, .groups = {"web01"}}),
      HasSubstr(
          "--group 'web01' chooses from an inventory, and '198.18.2.7:80' is named beside it"));
}

}  // namespace
}  // namespace rollcall::cli
