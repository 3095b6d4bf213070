// Plans against a real kernel. The test's namespace is the monitor; a second one is its routers:
//
//   monitor eth0 192.0.2.10, 2001:db8:a::10 ─── router 192.0.2.1, 2001:db8:a::1
//           eth1 198.51.100.10 ──────────────── router 198.51.100.1
//           tun0 10.9.0.1
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <set>

#include "engine/base/fd.h"
#include "engine/send/routing/next_hop.h"
#include "tests/fakes/small_table.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::send {
namespace {

using fakes::table_of;
using testing::HasSubstr;

constexpr MacAddress kRouter0{2, 0, 0, 0, 0, 0x10};
constexpr MacAddress kRouter1{2, 0, 0, 0, 0, 0x11};

Address address(const std::string& text) {
  return Address::parse(text).value();
}

class LivePlan : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    routers_ = namespace_here();
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    monitor_ = namespace_here();
    ASSERT_NO_FATAL_FAILURE(connect_router("eth0", "r0", "02:00:00:00:00:10"));
    ASSERT_NO_FATAL_FAILURE(connect_router("eth1", "r1", "02:00:00:00:00:11"));
    on_routers(
        "ip address add 192.0.2.1/24 dev r0 && ip address add 198.51.100.1/24 dev r1 &&"
        "ip address add 2001:db8:a::1/64 dev r0 nodad");
    lab::run(
        "ip link set lo up &&"
        "ip address add 192.0.2.10/24 dev eth0 && ip address add 198.51.100.10/24 dev eth1 &&"
        "ip address add 2001:db8:a::10/64 dev eth0 nodad &&"
        "ip route add default via 192.0.2.1 && ip -6 route add default via 2001:db8:a::1");
  }

  static Fd namespace_here() {
    return Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }
  void connect_router(const std::string& ours, const std::string& theirs, const std::string& mac) {
    lab::run(fmt::format("ip link add {} type veth peer name {} address {} netns /proc/{}/fd/{}",
                         ours, theirs, mac, ::getpid(), routers_.get()));
    lab::run("ip link set up dev " + ours);
    on_routers("ip link set up dev " + theirs);
  }
  void on_routers(const std::string& command) {
    ASSERT_EQ(::setns(routers_.get(), CLONE_NEWNET), 0);
    lab::run(command);
    ASSERT_EQ(::setns(monitor_.get(), CLONE_NEWNET), 0);
  }

  // The hop of a single target.
  static NextHop hop_to(const std::string& target, const RouteRequest& request = {}) {
    const auto plan = plan_routes(table_of({{target}}), request);
    if (!plan) ADD_FAILURE() << target << ": " << plan.error().to_string();
    return plan ? plan->hops().at(plan->hop_of({0})) : NextHop{};
  }
  static std::string refusal_of(const std::string& target, const RouteRequest& request = {}) {
    const auto plan = plan_routes(table_of({{target}}), request);
    return plan ? "there is a way" : plan.error().to_string();
  }

  Fd routers_;
  Fd monitor_;
};

TEST_F(LivePlan, FindsTheGatewayAndItsMacAddressOfBothFamilies) {
  for (const auto& [target, gateway, self] :
       {std::tuple{"203.0.113.5", "192.0.2.1", "192.0.2.10"},
        std::tuple{"2001:db8:99::5", "2001:db8:a::1", "2001:db8:a::10"}}) {
    const NextHop hop = hop_to(target);
    EXPECT_EQ(hop.interface, "eth0") << target;
    EXPECT_EQ(hop.interface_index, ::if_nametoindex("eth0")) << target;
    EXPECT_EQ(hop.self, address(self)) << target;
    EXPECT_EQ(hop.gateway, address(gateway)) << target;
    EXPECT_EQ(hop.gateway_mac, kRouter0) << target;
    EXPECT_NE(hop.self_mac, MacAddress{}) << target;
    EXPECT_TRUE(hop.uses_packet_socket()) << target;
  }
}

TEST_F(LivePlan, TakesEachTargetTheWayThatTheKernelWould) {
  lab::run("ip route add 10.1.0.0/16 via 198.51.100.1 && ip route add 10.1.9.0/24 via 192.0.2.1");
  lab::run(
      "ip route add table 100 default via 198.51.100.1 && ip rule add to 10.4.0.0/16 lookup 100");
  lab::run("ip rule add from 192.0.2.10 to 10.5.0.0/16 lookup 100");
  lab::run("ip route add 10.7.0.0/16 via inet6 2001:db8:a::1 dev eth0");
  lab::run("ip route add 10.8.0.0/16 nexthop via 198.51.100.1 nexthop via 198.51.100.1 weight 2");
  const struct {
    const char* description;
    const char* target;
    const char* interface;
    const char* gateway;  // nullptr: on-link
    MacAddress mac;
  } kCases[] = {
      {"default route", "203.0.113.5", "eth0", "192.0.2.1", kRouter0},
      {"more specific route", "10.1.0.5", "eth1", "198.51.100.1", kRouter1},
      {"still more specific", "10.1.9.5", "eth0", "192.0.2.1", kRouter0},
      {"behind it", "10.1.10.0", "eth1", "198.51.100.1", kRouter1},
      {"on-link", "192.0.2.77", "eth0", nullptr, {}},
      {"rule by destination", "10.4.0.1", "eth1", "198.51.100.1", kRouter1},
      {"rule by source", "10.5.0.1", "eth1", "198.51.100.1", kRouter1},
      {"behind the rules", "10.6.0.1", "eth0", "192.0.2.1", kRouter0},
      {"IPv6 gateway of an IPv4 route", "10.7.0.1", "eth0", "2001:db8:a::1", kRouter0},
      {"several gateways", "10.8.0.1", "eth1", "198.51.100.1", kRouter1},
      {"own address", "192.0.2.10", "lo", nullptr, {}},
      {"own IPv6 address", "2001:db8:a::10", "lo", nullptr, {}},
      {"on-link IPv6", "2001:db8:a::77", "eth0", nullptr, {}},
  };
  std::vector<fakes::Row> rows;
  for (const auto& c : kCases) rows.push_back({c.target});
  const auto table = table_of(rows);
  const auto plan = plan_routes(table, {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_TRUE(plan->unroutable().empty());
  for (const auto& c : kCases) {
    const auto index = table.find(address(c.target), Port{80});
    ASSERT_TRUE(index);
    const NextHop& hop = plan->hops().at(plan->hop_of(table.place_of(*index)));
    EXPECT_EQ(hop.interface, c.interface) << c.description;
    EXPECT_EQ(hop.gateway.has_value(), c.gateway != nullptr) << c.description;
    EXPECT_EQ(hop.uses_packet_socket(), c.gateway != nullptr) << c.description;
    EXPECT_EQ(hop.gateway_mac, c.mac) << c.description;
    if (c.gateway != nullptr && hop.gateway) {
      EXPECT_EQ(*hop.gateway, address(c.gateway)) << c.description;
    }
    EXPECT_EQ(hop.self.is_v4(), index && address(c.target).is_v4()) << c.description;
  }
}

TEST_F(LivePlan, RefusesWhatCannotBeAskedAndSaysWhy) {
  lab::run(
      "ip route add blackhole 10.2.0.0/16 && ip route add unreachable 10.3.0.0/16 &&"
      "ip route add prohibit 10.4.0.0/16 && ip -6 route add blackhole 2001:db8:2::/48 &&"
      "ip -6 route add unreachable 2001:db8:3::/48 && ip route add throw 10.5.0.0/16");
  EXPECT_THAT(refusal_of("10.2.0.1"), HasSubstr("blackhole route"));
  EXPECT_THAT(refusal_of("10.3.0.1"), HasSubstr("unreachable route"));
  EXPECT_THAT(refusal_of("10.4.0.1"), HasSubstr("prohibit route"));
  EXPECT_THAT(refusal_of("10.5.0.1"), HasSubstr("no route leads there"));
  EXPECT_THAT(refusal_of("2001:db8:2::1"), HasSubstr("blackhole route"));
  EXPECT_THAT(refusal_of("2001:db8:3::1"), HasSubstr("unreachable route"));
  EXPECT_THAT(refusal_of("192.0.2.255"), HasSubstr("a broadcast address of eth0's network"));
  EXPECT_THAT(refusal_of("224.0.0.5"), HasSubstr("a multicast address"));
  lab::run("ip route del default && ip -6 route del default");
  EXPECT_THAT(refusal_of("203.0.113.5"), HasSubstr("no route leads there"));
  EXPECT_THAT(refusal_of("2001:db8:99::5"), HasSubstr("no route leads there"));
}

TEST_F(LivePlan, WaitsForASilentGatewayOnceAndKeepsTheTargetsOfTheOthers) {
  lab::run("ip route add 10.6.0.0/16 via 192.0.2.77 && ip route add 10.7.0.0/16 via 198.51.100.77");
  const auto start = std::chrono::steady_clock::now();
  const auto table = table_of({{"10.6.0.1"}, {"10.6.0.2"}, {"10.7.0.1"}, {"203.0.113.5"}});
  const auto plan = plan_routes(table, {});
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_LT(took, std::chrono::seconds(5)) << "one wait for all gateways";
  ASSERT_EQ(plan->hops().size(), 1u);
  EXPECT_EQ(plan->hop_of(table.place_of({3})), 0);
  ASSERT_EQ(plan->unroutable().size(), 2u);
  EXPECT_EQ(plan->unroutable()[0].targets, 2u);
  EXPECT_EQ(plan->unroutable()[0].reason, "the gateway 192.0.2.77 on eth0 does not answer ARP");
  EXPECT_EQ(plan->unroutable()[1].reason, "the gateway 198.51.100.77 on eth1 does not answer ARP");
}

TEST_F(LivePlan, ResolvesAGatewayOutsideEveryPrefixOfItsInterface) {
  on_routers("ip address add 172.31.1.1/32 dev r1 && ip route add 198.51.100.10/32 dev r1");
  lab::run("ip route add 10.6.0.0/16 via 172.31.1.1 dev eth1 onlink");
  // Another gateway of eth1 would be asked for it if the kernel routed to 172.31.1.1.
  lab::run("ip route add default via 198.51.100.77 dev eth1 metric 900");
  const NextHop hop = hop_to("10.6.0.1");
  EXPECT_EQ(hop.gateway, address("172.31.1.1"));
  EXPECT_EQ(hop.gateway_mac, kRouter1);
}

TEST_F(LivePlan, ResolvesALinkLocalGateway) {
  on_routers("ip address add fe80::1/64 dev r1 nodad");
  lab::run(
      "ip -6 route add 2001:db8:6::/48 via fe80::1 dev eth1 && ip address add 2001:db8:b::10/64 "
      "dev eth1 nodad");
  const NextHop hop = hop_to("2001:db8:6::1");
  EXPECT_EQ(hop.gateway, address("fe80::1"));
  EXPECT_EQ(hop.gateway_mac, kRouter1);
  EXPECT_FALSE(hop.self.is_v4());
}

// How many packets of one protocol arrive on an interface of the routers.
class PacketCounter {
 public:
  PacketCounter(int protocol, const std::string& interface)
      : fd_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     htons(static_cast<std::uint16_t>(protocol)))) {
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
    at.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  }
  // The next-header field of each IPv6 packet, or of each IPv4 packet its protocol.
  std::vector<int> protocols(std::size_t at) const {
    std::vector<int> out;
    std::array<unsigned char, 1500> bytes;
    while (::recv(fd_.get(), bytes.data(), bytes.size(), 0) > static_cast<ssize_t>(at)) {
      out.push_back(bytes[at]);
    }
    return out;
  }

 private:
  Fd fd_;
};

TEST_F(LivePlan, SendsNoIpv4PacketAndNoUdpToFindAGateway) {
  ASSERT_EQ(::setns(routers_.get(), CLONE_NEWNET), 0);
  const PacketCounter v4(ETH_P_IP, "r0");
  const PacketCounter v6(ETH_P_IPV6, "r0");
  ASSERT_EQ(::setns(monitor_.get(), CLONE_NEWNET), 0);
  EXPECT_EQ(hop_to("203.0.113.5").gateway_mac, kRouter0);
  EXPECT_EQ(hop_to("2001:db8:99::5").gateway_mac, kRouter0);
  EXPECT_THAT(v4.protocols(9), testing::IsEmpty());
  // 0 is hop-by-hop, before MLD's ICMPv6.
  EXPECT_THAT(v6.protocols(6), testing::Each(testing::AnyOf(IPPROTO_ICMPV6, 0)));
}

TEST_F(LivePlan, FindsAGatewayThatIgnoresSendersOutsideOfItsSubnet) {
  on_routers("sysctl -qw net.ipv4.conf.r0.rp_filter=1 net.ipv4.conf.all.rp_filter=1");
  lab::run("ip address add 203.0.113.9/32 dev lo");
  EXPECT_EQ(hop_to("203.0.113.5", {.source = address("203.0.113.9")}).gateway_mac, kRouter0);
}

TEST_F(LivePlan, AsksWithProtocolAndPort) {
  lab::run(
      "ip route add default via 198.51.100.1 table 102 &&"
      "ip rule add ipproto tcp dport 443-444 lookup 102 && ip rule add ipproto udp lookup 103 &&"
      "ip -6 route add default via fe80::1 dev eth1 table 102 &&"
      "ip -6 rule add ipproto tcp dport 8443 lookup 102 && ip address add 2001:db8:b::10/64 dev "
      "eth1 nodad");
  on_routers("ip address add fe80::1/64 dev r1 nodad");
  const auto table = table_of({{"203.0.113.5", 80},
                               {"203.0.113.5", 443},
                               {"203.0.113.5", 444},
                               {"203.0.113.5", 445},
                               {"2001:db8:99::5", 443},
                               {"2001:db8:99::5", 8443}});
  const auto plan = plan_routes(table, {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  const char* kExpected[] = {"eth0", "eth1", "eth1", "eth0", "eth0", "eth1"};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(plan->hops().at(plan->hop_of(table.place_of({i}))).interface, kExpected[i])
        << table[{i}].address.to_string() << " " << table[{i}].port.value;
  }
}

TEST_F(LivePlan, AsksAsThisUser) {
  lab::run(
      "ip route add default via 198.51.100.1 table 102 && ip rule add uidrange 0-0 lookup 102");
  EXPECT_EQ(hop_to("203.0.113.5").interface, "eth1");
}

// Which interfaces the plan of 64 targets takes.
std::set<std::string> interfaces_taken(const std::string& prefix) {
  std::vector<fakes::Row> rows;
  for (int i = 1; i <= 64; ++i) rows.push_back({prefix + std::to_string(i)});
  const auto table = table_of(rows);
  const auto plan = plan_routes(table, {});
  if (!plan) return {plan.error().to_string()};
  std::set<std::string> out;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const NextHop& hop = plan->hops().at(plan->hop_of({i}));
    EXPECT_NE(hop.multipath, 0);
    out.insert(hop.interface);
  }
  return out;
}

TEST_F(LivePlan, UsesEveryMemberOfAMultipathRoute) {
  const std::set<std::string> both{"eth0", "eth1"};
  on_routers("ip address add fe80::1/64 dev r1 nodad && ip address add fe80::1/64 dev r0 nodad");
  lab::run(
      "ip address add 2001:db8:b::10/64 dev eth1 nodad &&"
      "ip route add 10.1.0.0/16 nexthop via 192.0.2.1 nexthop via 198.51.100.1 &&"
      "ip nexthop add id 1 via 192.0.2.1 dev eth0 && ip nexthop add id 2 via 198.51.100.1 dev eth1 "
      "&&"
      "ip nexthop add id 3 group 1/2 && ip route add 10.2.0.0/16 nhid 3 &&"
      "ip -6 route add 2001:db8:1::/48 nexthop via fe80::1 dev eth0 nexthop via fe80::1 dev eth1 &&"
      "ip route add 10.3.0.0/16 src 192.0.2.10 nexthop via inet6 fe80::1 dev eth0 nexthop via "
      "198.51.100.1");
  for (const char* compatible : {"1", "0"}) {
    lab::run(std::string("sysctl -qw net.ipv4.nexthop_compat_mode=") + compatible);
    EXPECT_EQ(interfaces_taken("10.1.0."), both);
    EXPECT_EQ(interfaces_taken("10.2.0."), both) << "compat mode " << compatible;
    EXPECT_EQ(interfaces_taken("2001:db8:1::"), both);
    EXPECT_EQ(interfaces_taken("10.3.0."), both);
  }
}

TEST_F(LivePlan, GivesEachMemberTheSourceAddressOfItsInterface) {
  lab::run(
      "ip route del default && ip route add default nexthop via 192.0.2.1 nexthop via "
      "198.51.100.1");
  const auto plan = plan_routes(table_of({{"203.0.113.5"}}), {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 2u);
  for (const NextHop& hop : plan->hops()) {
    EXPECT_EQ(hop.self, address(hop.interface == "eth0" ? "192.0.2.10" : "198.51.100.10"));
  }
}

// Two uplinks, each with a table of its own for its own address.
TEST_F(LivePlan, FollowsTheSourceRulesOfEachMember) {
  lab::run(
      "ip route del default && ip route add default nexthop via 192.0.2.1 nexthop via 198.51.100.1 "
      "&&"
      "ip route add default via 192.0.2.1 table 101 && ip rule add from 192.0.2.10 lookup 101 &&"
      "ip route add default via 198.51.100.1 table 102 && ip rule add from 198.51.100.10 lookup "
      "102");
  EXPECT_EQ(interfaces_taken("203.0.113."), (std::set<std::string>{"eth0", "eth1"}));
}

TEST_F(LivePlan, NamesADeadMemberAndSendsByTheOther) {
  lab::run(
      "ip route del default && ip route add default nexthop via 192.0.2.77 nexthop via "
      "198.51.100.1");
  const auto plan = plan_routes(table_of({{"203.0.113.5"}, {"203.0.113.6"}}), {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->hops().size(), 1u);
  EXPECT_EQ(plan->hops()[0].interface, "eth1");
  ASSERT_EQ(plan->dead_members().size(), 1u);
  EXPECT_EQ(plan->dead_members()[0].reason, "the gateway 192.0.2.77 on eth0 does not answer ARP");
}

TEST_F(LivePlan, UsesTheGivenSource) {
  lab::run("ip address add 192.0.2.20/32 dev lo && ip route add local 198.18.0.0/15 dev lo");
  EXPECT_EQ(hop_to("203.0.113.5", {.source = address("192.0.2.20")}).self, address("192.0.2.20"));
  EXPECT_EQ(hop_to("203.0.113.5", {.source = address("198.18.7.7")}).self, address("198.18.7.7"));
  EXPECT_THAT(refusal_of("203.0.113.5", {.source = address("203.0.113.77")}),
              AllOf(HasSubstr("203.0.113.77 is not on this host"), HasSubstr("192.0.2.10"),
                    HasSubstr("2001:db8:a::10")));
}

TEST_F(LivePlan, KeepsToTheGivenInterfaceAndDoesNotInventARouteThere) {
  lab::run("ip route add 203.0.113.0/24 via 198.51.100.1 metric 500");
  lab::run("ip route add 203.0.113.0/24 via 192.0.2.1 metric 100");
  EXPECT_EQ(hop_to("203.0.113.5").interface, "eth0");
  const NextHop hop = hop_to("203.0.113.5", {.interface = "eth1"});
  EXPECT_EQ(hop.interface, "eth1");
  EXPECT_EQ(hop.self, address("198.51.100.10"));
  EXPECT_EQ(hop.gateway_mac, kRouter1);
  EXPECT_FALSE(hop_to("198.51.100.5", {.interface = "eth1"}).gateway);

  // The kernel would call all of these on-link.
  EXPECT_THAT(refusal_of("10.0.0.1", {.interface = "eth1"}), HasSubstr("no route"));
  EXPECT_THAT(refusal_of("2001:db8:99::5", {.interface = "eth1"}), HasSubstr("no route"));
  EXPECT_THAT(refusal_of("10.0.0.1", {.interface = "eth9"}),
              AllOf(HasSubstr("no interface is named eth9"), HasSubstr("lo, eth")));
  lab::run("ip link set eth1 down");
  EXPECT_THAT(refusal_of("10.0.0.1", {.interface = "eth1"}), HasSubstr("ip link set eth1 up"));
}

TEST_F(LivePlan, SendsOverRawIpWhereThereIsNoLinkLayer) {
  const Fd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(tun) << "needs /dev/net/tun: " << std::strerror(errno);
  ifreq request{};
  std::strcpy(request.ifr_name, "tun0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  ASSERT_EQ(::ioctl(tun.get(), TUNSETIFF, &request), 0) << std::strerror(errno);
  lab::run(
      "ip address add 10.9.0.1/24 dev tun0 && ip link set tun0 up &&"
      "ip route add 10.8.0.0/16 via 10.9.0.2");
  const NextHop hop = hop_to("10.8.0.1");
  EXPECT_EQ(hop.interface, "tun0");
  EXPECT_EQ(hop.gateway, address("10.9.0.2"));
  EXPECT_FALSE(hop.ethernet);
  EXPECT_FALSE(hop.uses_packet_socket());
}

TEST_F(LivePlan, SendsOverRawIpWhereEthernetHasNobodyToAskForAMacAddress) {
  lab::run("ip link set eth1 arp off && ip route add 10.8.0.0/16 via 198.51.100.1");
  const NextHop hop = hop_to("10.8.0.1");
  EXPECT_EQ(hop.interface, "eth1");
  EXPECT_FALSE(hop.uses_packet_socket());
}

TEST_F(LivePlan, SeesThatTheCableIsOut) {
  on_routers("ip link set r0 down");
  EXPECT_THAT(refusal_of("203.0.113.5"), HasSubstr("eth0 has no carrier"));
}

TEST_F(LivePlan, PlansAMillionTargetsOfOneNetworkWithAHandfulOfQuestions) {
  lab::run("ip route add 10.0.8.0/24 via 198.51.100.1 && ip route add blackhole 10.0.9.0/24");
  constexpr std::uint32_t kTargets = 1U << 20;
  std::vector<inventory::Target> rows(kTargets);
  for (std::uint32_t i = 0; i < kTargets; ++i) {
    rows[i].address = Address::from_v4(0x0a000000 + i);
    rows[i].port = Port{80};
  }
  inventory::Group group;
  group.name = "g";
  group.targets = group.addresses = kTargets;
  const inventory::TargetTable table(std::move(rows), {group}, {{}}, 1);
  const auto start = std::chrono::steady_clock::now();
  const auto plan = plan_routes(table, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(plan) << plan.error().to_string();
  RecordProperty("seconds", std::to_string(took.count()));
  std::vector<std::uint32_t> taken(plan->hops().size(), 0);
  std::uint32_t none = 0;
  for (std::uint32_t i = 0; i < kTargets; ++i) {
    const auto hop = plan->hop_of({i});
    ++(hop == RoutePlan::kNoHop ? none : taken.at(hop));
  }
  EXPECT_EQ(none, 256u);
  EXPECT_THAT(taken, testing::UnorderedElementsAre(kTargets - 512, 256u));
}

}  // namespace
}  // namespace rollcall::send
