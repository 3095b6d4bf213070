#include "cli/way_check.h"

#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

using send::NextHop;
using send::RoutePlan;

NextHop via(const char* gateway, std::uint8_t last_mac_byte) {
  return {.interface_index = 2,
          .interface = "eth0",
          .self = Address::parse("198.19.0.1").value(),
          .gateway = Address::parse(gateway),
          .ethernet = true,
          .gateway_mac = {2, 0, 0, 0, 0, last_mac_byte}};
}

RoutePlan plan_of(std::vector<NextHop> hops, std::vector<send::Unroutable> lost = {}) {
  return {std::move(hops), {}, std::move(lost)};
}

std::optional<send::MacAddress> ask_in_vain(const NextHop&) {
  return std::nullopt;
}
std::optional<send::MacAddress> ask_as_known(const NextHop& hop) {
  return hop.gateway_mac;
}

TEST(ChangedHops, FindsNothingWhereNothingChanged) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  EXPECT_TRUE(changed_hops(plan, plan, ask_as_known).empty());
}

TEST(ChangedHops, KnowsAHopByWhereItLeadsAndNotByItsPlace) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutePlan after = plan_of({via("198.19.0.3", 3), via("198.19.0.2", 2)});
  EXPECT_TRUE(changed_hops(before, after, ask_as_known).empty());
}

TEST(ChangedHops, NamesAGatewayThatIsGoneAndWhy) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutePlan after =
      plan_of({via("198.19.0.2", 2)}, {{.targets = 7, .reason = "it does not answer ARP"}});
  const auto changed = changed_hops(before, after, ask_as_known);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].hop, 1u);
  EXPECT_EQ(changed[0].reason,
            "the gateway 198.19.0.3 on eth0 was lost during the sweep: it does not answer ARP");
}

TEST(ChangedHops, NoticesAnotherMacAddress) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2)});
  const auto changed =
      changed_hops(plan, plan, [](const NextHop&) { return send::MacAddress{2, 0, 0, 0, 0, 9}; });
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].reason,
            "the gateway 198.19.0.2 on eth0 changed its MAC address during the sweep");
}

TEST(ChangedHops, NoticesAGatewayThatOnlyTheCacheBelievesIn) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2)});
  const auto changed = changed_hops(plan, plan, ask_in_vain);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].reason,
            "the gateway 198.19.0.2 on eth0 was lost during the sweep: it does not answer ARP");
}

}  // namespace
}  // namespace rollcall::cli
