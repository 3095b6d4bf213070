#include "engine/send/routing/next_hop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "engine/base/random.h"
#include "tests/engine/send/scripted_routes.h"
#include "tests/fakes/small_table.h"

namespace rollcall::send {
namespace {

using fakes::table_of;
using testing::HasSubstr;

Address address(const std::string& text) {
  return Address::parse(text).value();
}

const Address kSelf = address("192.0.2.10");
const Address kSelf6 = address("2001:db8:a::10");

RouteAnswer via(const std::string& gateway, std::uint32_t interface_index = 2) {
  const Address g = address(gateway);
  return {.kind = RouteKind::kUnicast,
          .interface_index = interface_index,
          .gateway = g,
          .source = g.is_v4() ? kSelf : kSelf6};
}
RouteAnswer on_link(std::uint32_t interface_index = 2) {
  return {.kind = RouteKind::kUnicast, .interface_index = interface_index, .source = kSelf};
}
RouteAnswer refused(RouteKind kind, int sys_errno = 0) {
  return {.kind = kind, .interface_index = 2, .source = kSelf, .sys_errno = sys_errno};
}

std::string gateway_of(const inventory::TargetTable& table, const RoutePlan& plan,
                       std::uint32_t row) {
  const std::uint16_t hop = plan.hop_of(table.place_of({row}));
  if (hop == RoutePlan::kNoHop) return "none";
  const auto& gateway = plan.hops().at(hop).gateway;
  return gateway ? gateway->to_string() : "on-link";
}

TEST(PlanRoutes, KeepsNothingPerTargetWhenAllShareOneHop) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  const auto table = table_of({{"10.0.0.1"}, {"10.0.0.2"}, {"203.0.113.9"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 1u);
  const NextHop& hop = plan->hops()[0];
  EXPECT_EQ(hop.interface, "eth0");
  EXPECT_EQ(hop.self, kSelf);
  EXPECT_EQ(hop.self_mac, (MacAddress{2, 0, 0, 0, 0, 2}));
  EXPECT_EQ(hop.gateway_mac, ScriptedRoutes::mac_of(address("192.0.2.1")));
  EXPECT_TRUE(hop.uses_packet_socket());
  EXPECT_TRUE(plan->unroutable().empty());
  EXPECT_EQ(routes.queries().size(), 2u) << "one stretch: without and with the source address";
}

TEST(PlanRoutes, LeavesAnEncapsulatingRouteToTheKernel) {
  ScriptedRoutes routes;
  RouteAnswer encapsulated = via("192.0.2.1");
  encapsulated.encapsulated = true;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, encapsulated);
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}, {"10.2.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 2u) << "one gateway, reached in two ways";
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const NextHop& hop = plan->hops()[plan->hop_of(table.place_of({i}))];
    EXPECT_EQ(hop.uses_packet_socket(), i != 1) << i;
    EXPECT_EQ(hop.gateway, Address::parse("192.0.2.1")) << i;
  }
}

TEST(PlanRoutes, FollowsTheMostSpecificPrefixAndReturnsToTheWiderOneBehindIt) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.2", 3));
  routes.add("10.1.4.0", 24, on_link());
  const auto table = table_of({{"10.0.255.255"},
                               {"10.1.0.0"},
                               {"10.1.3.255"},
                               {"10.1.4.0"},
                               {"10.1.4.255"},
                               {"10.1.5.0"},
                               {"10.1.255.255"},
                               {"10.2.0.0"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  const char* kExpected[] = {"192.0.2.1", "192.0.2.2", "192.0.2.2", "on-link",
                             "on-link",   "192.0.2.2", "192.0.2.2", "192.0.2.1"};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(gateway_of(table, *plan, i), kExpected[i]) << table[{i}].address.to_string();
  }
  EXPECT_EQ(plan->hops().size(), 3u);
}

TEST(PlanRoutes, GivesEveryTargetTheAnswerThatTheKernelHasForItAlone) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    ScriptedRoutes routes;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const int bits = static_cast<int>(22 + random.below(11));
      const auto answer = random.below(4) == 0
                              ? refused(RouteKind::kNone, EHOSTUNREACH)
                              : via("192.0.2." + std::to_string(1 + random.below(5)));
      routes.add(Address::from_v4(0x0a000000 + random.below(1024)).to_string(), bits, answer);
    }
    routes.add("10.0.0.7", 32, on_link());
    std::vector<fakes::Row> rows{{"10.0.0.7"}};
    for (std::uint32_t i = 0; i < 600; ++i) {
      const std::uint32_t host = 8 + i * 2 + random.below(2);
      rows.push_back({Address::from_v4(0x0a000000 + host).to_string(), 80,
                      "g" + std::to_string(random.below(5))});
    }
    const auto table = table_of(rows);
    const auto plan = plan_routes(table, {}, routes);
    ASSERT_TRUE(plan) << "seed " << seed << ": " << plan.error().to_string();
    std::uint32_t without = 0;
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      const auto alone = routes.answer_to({.destination = table[{i}].address});
      const std::string expected = alone.kind == RouteKind::kNone ? "none"
                                   : alone.gateway                ? alone.gateway->to_string()
                                                                  : "on-link";
      without += expected == "none" ? 1 : 0;
      ASSERT_EQ(gateway_of(table, *plan, i), expected)
          << "seed " << seed << ", " << table[{i}].address.to_string();
    }
    std::uint32_t reported = 0;
    for (const Unroutable& lost : plan->unroutable()) {
      reported += lost.targets;
      for (std::uint32_t i = 0; i < table.size(); ++i) {
        if (lost.range.contains(table[{i}].address)) {
          ASSERT_EQ(plan->hop_of(table.place_of({i})), RoutePlan::kNoHop) << "seed " << seed;
        }
      }
    }
    ASSERT_EQ(reported, without) << "seed " << seed;
  }
}

TEST(PlanRoutes, SaysInWordsWhyATargetCannotBeAsked) {
  const struct {
    const char* description;
    RouteAnswer answer;
    const char* expected;
  } kCases[] = {
      {"no route", refused(RouteKind::kNone, ENETUNREACH), "no route leads there"},
      {"unreachable route", refused(RouteKind::kNone, EHOSTUNREACH), "unreachable route"},
      {"prohibit route", refused(RouteKind::kNone, EACCES), "prohibit route"},
      {"blackhole route", refused(RouteKind::kNone, EINVAL), "blackhole route"},
      {"another errno", refused(RouteKind::kNone, EXDEV), "cross-device"},
      {"broadcast", refused(RouteKind::kBroadcast), "a broadcast address of eth0's network"},
      {"multicast", refused(RouteKind::kMulticast), "a multicast address"},
      {"anycast", refused(RouteKind::kAnycast), "an anycast address of eth0's network"},
      {"vanished interface", on_link(99), "interface is gone"},
      {"no source",
       {.kind = RouteKind::kUnicast, .interface_index = 2},
       "eth0 has no IPv4 address"},
  };
  for (const auto& c : kCases) {
    ScriptedRoutes routes;
    routes.add("0.0.0.0", 0, via("192.0.2.1"));
    routes.add("10.1.0.0", 16, c.answer);
    const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}, {"10.1.0.9"}});
    const auto plan = plan_routes(table, {}, routes);
    ASSERT_TRUE(plan) << c.description << ": " << plan.error().to_string();
    ASSERT_EQ(plan->unroutable().size(), 1u) << c.description;
    const Unroutable& lost = plan->unroutable()[0];
    std::string reason = lost.reason;
    std::ranges::transform(reason, reason.begin(), [](char ch) {
      return ch >= 'A' && ch <= 'Z' && ch != 'I' && ch != 'P' ? static_cast<char>(ch + 32) : ch;
    });
    EXPECT_THAT(reason, HasSubstr(c.expected)) << c.description;
    EXPECT_EQ(lost.targets, 2u) << c.description;
    EXPECT_EQ(lost.range.to_string(), "10.1.0.1-10.1.0.9") << c.description;
    EXPECT_EQ(gateway_of(table, *plan, 0), "192.0.2.1") << c.description;
    EXPECT_EQ(gateway_of(table, *plan, 1), "none") << c.description;
  }
}

TEST(PlanRoutes, TreatsALinkThatIsNotThereAsItsOwnTrouble) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.2", 3));
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}});

  routes.interface_at(3).carrier = false;
  auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->unroutable().at(0).reason, "eth1 has no carrier");
  EXPECT_TRUE(plan->unroutable().at(0).is_lost);

  routes.interface_at(3).up = false;
  plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->unroutable().at(0).reason, "eth1 is down: ip link set eth1 up");
}

TEST(PlanRoutes, JoinsNeighbouringGapsButNeverAcrossTargetsThatHaveAWay) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, refused(RouteKind::kNone, ENETUNREACH));
  routes.add("10.0.1.0", 24, refused(RouteKind::kNone, ENETUNREACH));
  routes.add("10.0.2.0", 24, via("192.0.2.1"));
  const auto table =
      table_of({{"10.0.0.1"}, {"10.0.1.1"}, {"10.0.1.2"}, {"10.0.2.1"}, {"10.0.3.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->unroutable().size(), 2u);
  EXPECT_EQ(plan->unroutable()[0].range.to_string(), "10.0.0.1-10.0.1.2");
  EXPECT_EQ(plan->unroutable()[0].targets, 3u);
  EXPECT_EQ(plan->unroutable()[1].range.to_string(), "10.0.3.1");
  EXPECT_FALSE(plan->unroutable()[1].is_lost) << "there was none";
}

TEST(PlanRoutes, DropsAGatewayThatDoesNotAnswerAndKeepsTheOthers) {
  ScriptedRoutes routes;
  routes.add("10.0.0.0", 16, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.2", 3));
  routes.add("10.2.0.0", 16, via("192.0.2.3"));
  routes.silence("192.0.2.1");
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}, {"10.2.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->hops().size(), 2u);
  EXPECT_EQ(gateway_of(table, *plan, 0), "none");
  EXPECT_EQ(gateway_of(table, *plan, 1), "192.0.2.2");
  EXPECT_EQ(gateway_of(table, *plan, 2), "192.0.2.3");
  ASSERT_EQ(plan->unroutable().size(), 1u);
  EXPECT_EQ(plan->unroutable()[0].reason, "the gateway 192.0.2.1 on eth0 does not answer ARP");
  EXPECT_TRUE(plan->unroutable()[0].is_lost);
}

TEST(PlanRoutes, FailsWhenNoTargetHasAWay) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.silence("192.0.2.1");
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kNoRoute);
  EXPECT_THAT(plan.error().context, HasSubstr("gateway 192.0.2.1 on eth0 does not answer ARP"));
}

TEST(PlanRoutes, KeepsTheFamiliesApart) {
  ScriptedRoutes routes;
  routes.add("::", 0, via("2001:db8:a::1"));
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  const auto table = table_of({{"0.0.0.1"}, {"255.255.255.254"}, {"::2"}, {"2001:db8::1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const bool v4 = table[{i}].address.is_v4();
    EXPECT_EQ(gateway_of(table, *plan, i), v4 ? "192.0.2.1" : "2001:db8:a::1");
    EXPECT_EQ(plan->hops()[plan->hop_of(table.place_of({i}))].self, v4 ? kSelf : kSelf6);
  }
}

TEST(PlanRoutes, LetsRulesBySourceHaveTheirSayOnceTheSourceIsKnown) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add_for_source(kSelf, via("192.0.2.2", 3));
  const auto table = table_of({{"10.0.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan);
  EXPECT_EQ(gateway_of(table, *plan, 0), "192.0.2.2");
  EXPECT_EQ(plan->hops()[0].self, kSelf);
}

TEST(PlanRoutes, GivesAllAddressesOfThisHostOneHop) {
  ScriptedRoutes routes;
  for (const char* own : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    routes.add(own, 32, {.kind = RouteKind::kLocal, .interface_index = 1, .source = address(own)});
  }
  const auto table = table_of({{"10.0.0.1"}, {"10.0.0.2"}, {"10.0.0.3"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 1u);
  EXPECT_EQ(plan->hops()[0].interface, "lo");
  EXPECT_EQ(plan->hops()[0].self, address("10.0.0.1"));
  EXPECT_FALSE(plan->hops()[0].uses_packet_socket());
}

TEST(PlanRoutes, UsesTheGivenSourceForItsFamilyAlone) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("::", 0, via("2001:db8:a::1"));
  const Address source = address("192.0.2.99");
  routes.add("192.0.2.99", 32, {.kind = RouteKind::kLocal, .interface_index = 1, .source = source});
  const auto table = table_of({{"10.0.0.1"}, {"2001:db8::1"}});
  const auto plan = plan_routes(table, {.source = source}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const bool v4 = table[{i}].address.is_v4();
    EXPECT_EQ(plan->hops()[plan->hop_of(table.place_of({i}))].self, v4 ? source : kSelf6);
  }
}

TEST(PlanRoutes, NamesWhatExistsWhenTheRequestNamesWhatDoesNot) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.interface_at(3).up = false;
  const auto table = table_of({{"10.0.0.1"}});
  const struct {
    const char* description;
    RouteRequest request;
    const char* expected;
  } kCases[] = {
      {"unknown interface",
       {.interface = "wan0"},
       "no interface is named wan0; there are: lo, eth0, eth1"},
      {"interface down", {.interface = "eth1"}, "ip link set eth1 up"},
      {"foreign source",
       {.source = address("203.0.113.1")},
       "203.0.113.1 is not on this host; there are: 192.0.2.10"},
  };
  for (const auto& c : kCases) {
    const auto plan = plan_routes(table, c.request, routes);
    ASSERT_FALSE(plan) << c.description;
    EXPECT_EQ(plan.error().code, ErrorCode::kPath) << c.description;
    EXPECT_THAT(plan.error().context, HasSubstr(c.expected)) << c.description;
  }
}

TEST(PlanRoutes, DoesNotLeaveTheGivenInterface) {
  ScriptedRoutes routes;
  routes.add("10.0.0.0", 16, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.2", 3));
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}});
  const auto plan = plan_routes(table, {.interface = "eth0"}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(routes.queries().at(0).interface_index, 2u);
  ASSERT_EQ(plan->unroutable().size(), 1u);
  EXPECT_EQ(plan->unroutable()[0].reason,
            "no route over eth0 leads there (the kernel would use eth1)");
}

// A fleet of two, and one canary on row 2.
inventory::TargetTable with_canary(const std::string& text) {
  return table_of({{"10.0.0.1"}, {"10.0.0.2"}}, {{address(text), Port{80}}});
}

TEST(PlanRoutes, GivesACanaryItsOwnWay) {
  ScriptedRoutes routes;
  routes.add("10.0.0.0", 16, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.2", 3));
  const auto table = with_canary("10.1.0.1");
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(gateway_of(table, *plan, 0), "192.0.2.1");
  EXPECT_EQ(gateway_of(table, *plan, 2), "192.0.2.2");
}

TEST(PlanRoutes, LeavesACanaryWithoutAWayUnaskedAndItsLossUnsaid) {
  ScriptedRoutes routes;
  routes.add("10.0.0.0", 16, via("192.0.2.1"));
  const auto table = with_canary("10.1.0.1");
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(gateway_of(table, *plan, 0), "192.0.2.1");
  EXPECT_EQ(gateway_of(table, *plan, 1), "192.0.2.1");
  EXPECT_EQ(gateway_of(table, *plan, 2), "none") << "not the way of the others";
  EXPECT_TRUE(plan->unroutable().empty()) << "no target is concerned";
}

TEST(PlanRoutes, FailsWhenOnlyACanaryHasAWay) {
  ScriptedRoutes routes;
  routes.add("10.1.0.0", 16, via("192.0.2.1"));
  const auto table = with_canary("10.1.0.1");
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kNoRoute);
  EXPECT_THAT(plan.error().context, HasSubstr("no way to any target: 10.0.0.1-10.0.0.2"));

  // For a part of a fleet, a route to a canary suffices.
  const auto part = plan_routes(table, {.canaries_suffice = true}, routes);
  ASSERT_TRUE(part) << part.error().to_string();
  EXPECT_EQ(part->hops().size(), 1u);
  EXPECT_EQ(part->unroutable().at(0).targets, 2u);
  const auto nobody = plan_routes(table_of({{"10.0.0.1"}}), {.canaries_suffice = true}, routes);
  EXPECT_FALSE(nobody) << "there is no canary";
}

TEST(PlanRoutes, AsksOncePerPortOnlyWhereARuleSelectsByPort) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  const auto table = table_of({{"10.0.0.1", 80}, {"10.0.0.1", 443}, {"10.0.0.2", 22}});
  const auto without = plan_routes(table, {}, routes);
  ASSERT_TRUE(without) << without.error().to_string();
  EXPECT_EQ(routes.queries().size(), 2u);

  ScriptedRoutes by_port;
  by_port.add("0.0.0.0", 0, via("192.0.2.1"));
  by_port.add_for_port(Port{443}, via("192.0.2.2", 3));
  const auto plan = plan_routes(table, {}, by_port);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(by_port.queries().size(), 4u) << "ports 22 and 80 share one answer";
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(gateway_of(table, *plan, i),
              table[{i}].port == Port{443} ? "192.0.2.2" : "192.0.2.1");
  }
}

RouteMembers two_members() {
  return {.source = kSelf, .members = {{2, address("192.0.2.1")}, {3, address("192.0.2.5")}}};
}

std::vector<fakes::Row> many_rows() {
  std::vector<fakes::Row> rows;
  for (std::uint32_t i = 0; i < 200; ++i) {
    rows.push_back({Address::from_v4(0x0a000000 + i).to_string()});
  }
  return rows;
}

TEST(PlanRoutes, SpreadsTargetsOverTheMembersOfAMultipathRoute) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.make_multipath("192.0.2.1", two_members());
  const auto table = table_of(many_rows());
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 2u);
  EXPECT_NE(plan->hops()[0].multipath, 0);
  EXPECT_EQ(plan->hops()[0].multipath, plan->hops()[1].multipath);
  EXPECT_TRUE(plan->dead_members().empty());
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < table.size(); ++i) first += plan->hop_of({i}) == 0 ? 1 : 0;
  EXPECT_GT(first, 60u);
  EXPECT_LT(first, 140u);
}

TEST(PlanRoutes, KeepsMembersWithoutTargetsSinceAConnectMayTakeThem) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.make_multipath("192.0.2.1", two_members());
  const auto plan = plan_routes(table_of({{"10.0.0.1"}}), {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->hops().size(), 2u);
}

TEST(PlanRoutes, SendsByTheLivingMembersAndNamesTheDeadOne) {
  for (const bool link_down : {false, true}) {
    ScriptedRoutes routes;
    routes.add("0.0.0.0", 0, via("192.0.2.1"));
    routes.make_multipath("192.0.2.1", two_members());
    if (link_down) {
      routes.interface_at(3).carrier = false;
    } else {
      routes.silence("192.0.2.5");
    }
    const auto table = table_of(many_rows());
    const auto plan = plan_routes(table, {}, routes);
    ASSERT_TRUE(plan) << plan.error().to_string();
    ASSERT_EQ(plan->hops().size(), 1u);
    EXPECT_EQ(plan->hops()[0].gateway, address("192.0.2.1"));
    EXPECT_TRUE(plan->unroutable().empty());
    ASSERT_EQ(plan->dead_members().size(), 1u);
    EXPECT_EQ(plan->dead_members()[0].multipath, plan->hops()[0].multipath);
    EXPECT_EQ(
        plan->dead_members()[0].reason,
        link_down ? "eth1 has no carrier" : "the gateway 192.0.2.5 on eth1 does not answer ARP");
  }
}

TEST(PlanRoutes, HasNoWayWhereEveryMemberIsDead) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.7"));
  routes.make_multipath("192.0.2.1", two_members());
  routes.silence("192.0.2.1");
  routes.silence("192.0.2.5");
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->hop_of(table.place_of({0})), RoutePlan::kNoHop);
  ASSERT_EQ(plan->unroutable().size(), 1u);
  EXPECT_TRUE(plan->unroutable()[0].is_lost);
  EXPECT_TRUE(plan->dead_members().empty());
}

TEST(PlanRoutes, TellsAMemberFromTheSameGatewayUsedAlone) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.1"));
  routes.add("10.1.0.0", 16, via("192.0.2.5", 3));
  routes.make_multipath("192.0.2.1", two_members());
  const auto table = table_of({{"10.0.0.1"}, {"10.1.0.1"}});
  const auto plan = plan_routes(table, {}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->hops().size(), 3u);
  EXPECT_EQ(plan->hops().at(plan->hop_of(table.place_of({1}))).multipath, 0);
}

TEST(PlanRoutes, KeepsToTheMembersOnTheGivenInterface) {
  ScriptedRoutes routes;
  routes.add("0.0.0.0", 0, via("192.0.2.5", 3));
  routes.make_multipath("192.0.2.5", two_members());
  const auto plan = plan_routes(table_of(many_rows()), {.interface = "eth1"}, routes);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 1u);
  EXPECT_EQ(plan->hops()[0].gateway, address("192.0.2.5"));
  EXPECT_EQ(plan->hops()[0].multipath, 0);
}

}  // namespace
}  // namespace rollcall::send
