#include "cli/run/next_hop_check.h"

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

const NextHopHealth kSilent{.alive = false, .known = true, .reason = "it does not answer ARP"};

NextHopHealth answers(std::uint8_t last_mac_byte) {
  return {true, true, "", send::MacAddress{2, 0, 0, 0, 0, last_mac_byte}};
}

bool heard(std::size_t) {
  return true;
}

std::vector<std::string> reasons_of(const std::vector<ChangedHop>& changed) {
  std::vector<std::string> out;
  for (const ChangedHop& hop : changed) out.push_back(hop.reason);
  return out;
}

TEST(ChangedHops, FindsNothingWhereNothingChanged) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutesNow now{.plan = plan, .health = {answers(2), answers(3)}};
  EXPECT_TRUE(changed_hops(plan, now, {}).empty());
}

TEST(ChangedHops, KnowsAHopByWhereItLeadsAndNotByItsPlace) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutesNow now{.plan = plan_of({via("198.19.0.3", 3), via("198.19.0.2", 2)}),
                      .health = {answers(2), answers(3)}};
  EXPECT_TRUE(changed_hops(before, now, {}).empty());
}

TEST(ChangedHops, NamesAGatewayThatIsGoneAndWhy) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutesNow now{
      .plan = plan_of({via("198.19.0.2", 2)}, {{.targets = 7, .reason = "no route leads there"}}),
      .health = {answers(2), answers(3)}};
  const auto changed = changed_hops(before, now, {});
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].hop, 1u);
  EXPECT_EQ(changed[0].reason,
            "the gateway 198.19.0.3 on eth0 was lost during the sweep: no route leads there");
}

TEST(ChangedHops, NoticesAnotherMacAddressEvenThoughRepliesCome) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2)});
  const RoutesNow now{.plan = plan, .health = {answers(9)}};
  EXPECT_EQ(reasons_of(changed_hops(plan, now, heard)),
            std::vector<std::string>{
                "the gateway 198.19.0.2 on eth0 changed its MAC address during the sweep"});
}

TEST(ChangedHops, NoticesASilentGateway) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2)});
  const RoutesNow now{.plan = plan, .health = {kSilent}};
  EXPECT_EQ(
      reasons_of(changed_hops(plan, now, {})),
      std::vector<std::string>{
          "the gateway 198.19.0.2 on eth0 was lost during the sweep: it does not answer ARP"});
}

TEST(ChangedHops, BelievesTheRepliesOfASilentGatewayMoreThanItsSilence) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2), via("198.19.0.3", 3)});
  const RoutesNow now{.plan = plan, .health = {kSilent, kSilent}};
  const auto changed = changed_hops(plan, now, [](std::size_t hop) { return hop == 1; });
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].hop, 0u);
}

TEST(ChangedHops, HoldsNothingAgainstAGatewayThatCannotBeJudged) {
  const RoutePlan plan = plan_of({via("198.19.0.2", 2)});
  const RoutesNow now{.plan = plan, .health = {NextHopHealth{.reason = "a static entry"}}};
  EXPECT_TRUE(changed_hops(plan, now, {}).empty());
}

TEST(ChangedHops, SaysThatOurOwnAddressLeftAndDoesNotBlameTheGateway) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2)});
  const RoutesNow now{.failure = "the source address 198.19.0.1 is not on this host",
                      .health = {kSilent},
                      .self_is_own = {false}};
  EXPECT_EQ(
      reasons_of(changed_hops(before, now, {})),
      std::vector<std::string>{"the source address 198.19.0.1 left this host during the sweep"});
}

// A temporary IPv6 address (RFC 8981) is replaced while the former one stays valid.
TEST(ChangedHops, LetsTheKernelPreferAnotherSourceAddress) {
  const RoutePlan before = plan_of({via("198.19.0.2", 2)});
  NextHop other = via("198.19.0.2", 2);
  other.self = Address::parse("198.19.0.7").value();
  const RoutesNow now{.plan = plan_of({other}), .health = {answers(2)}, .self_is_own = {true}};
  EXPECT_TRUE(changed_hops(before, now, {}).empty());
}

NextHop member(const char* gateway, std::uint8_t last_mac_byte) {
  NextHop hop = via(gateway, last_mac_byte);
  hop.multipath = 1;
  return hop;
}

TEST(ChangedHops, DistrustsEveryMemberOfAMultipathRouteWhereOneIsLost) {
  const RoutePlan plan =
      plan_of({member("198.19.0.2", 2), member("198.19.0.3", 3), via("198.19.0.4", 4)});
  const RoutesNow now{.plan = plan, .health = {answers(2), kSilent, answers(4)}};
  const auto changed = changed_hops(plan, now, [](std::size_t hop) { return hop == 0; });
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0].hop, 0u);
  EXPECT_EQ(changed[1].hop, 1u);
  EXPECT_EQ(changed[0].reason, changed[1].reason);
  EXPECT_NE(changed[0].reason.find("198.19.0.3 on eth0 was lost"), std::string::npos);
}

TEST(ChangedHops, DistrustsTheMembersBesideOneThatWasDeadFromTheStart) {
  const RoutePlan plan({member("198.19.0.2", 2), via("198.19.0.4", 4)}, {}, {},
                       {{1, "the gateway 198.19.0.3 on eth1 does not answer ARP"}});
  const RoutesNow now{.plan = plan, .health = {answers(2), answers(4)}};
  const auto changed = changed_hops(plan, now, heard);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].hop, 0u);
  EXPECT_NE(changed[0].reason.find("198.19.0.3 on eth1 does not answer ARP"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::cli
