#include "cli/render/plan_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "cli/options/sending_options.h"

namespace rollcall::cli {
namespace {

using testing::HasSubstr;

// `groups` of four addresses each.
inventory::Inventory fleet_of(unsigned groups) {
  inventory::LoadRequest request{.default_ports = {Port{80}}};
  for (unsigned i = 0; i < groups; ++i) {
    request.targets.push_back("198." + std::to_string(18 + i / 256) + "." +
                              std::to_string(i % 256) + ".0-198." + std::to_string(18 + i / 256) +
                              "." + std::to_string(i % 256) + ".3");
  }
  auto fleet = inventory::load_inventory(request);
  EXPECT_TRUE(fleet) << fleet.error().to_string();
  return *std::move(fleet);
}

std::string plan_text(const inventory::Inventory& fleet, const std::string& rate) {
  SendingOptions options;
  options.rate = rate;
  const auto request = sweep_request(options);
  EXPECT_TRUE(request);
  std::ostringstream out;
  render_plan(out,
              {.inventory = fleet,
               .rate = rate_at_first(*request, fleet.table),
               .finds_rate = finds_its_rate(*request, fleet.table)},
              Format::kText);
  return out.str();
}

TEST(Plan, CountsOneAsOne) {
  inventory::LoadRequest request{.targets = {"198.18.0.1"}, .default_ports = {Port{80}}};
  const auto fleet = inventory::load_inventory(request);
  ASSERT_TRUE(fleet);
  EXPECT_THAT(plan_text(*fleet, "auto"), HasSubstr("Would ask 1 target (1 address in 1 group) at"));
}

TEST(Plan, NamesTheRateThatASweepBeginsAt) {
  const auto few = fleet_of(3);  // at 500 a second each
  EXPECT_THAT(plan_text(few, "auto"), HasSubstr(" at 1500/s: 0.0 s of sending"));
  const auto many = fleet_of(100);
  EXPECT_THAT(plan_text(many, "auto"),
              HasSubstr(" at 40000/s at first, auto then finds the rate: 0.0 s of sending"));
  EXPECT_THAT(plan_text(many, "45000"), HasSubstr(" at 45000/s: "));
  EXPECT_THAT(plan_text(many, "900000"), HasSubstr(" at 50000/s: "));
}

}  // namespace
}  // namespace rollcall::cli
