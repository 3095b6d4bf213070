// Requests on a real link. The test's namespace is the monitor; a second one is its neighbours:
//
//   monitor eth0 192.0.2.10/24, 2001:db8:a::10/64 ─── r0 192.0.2.1, 2001:db8:a::1
#include "engine/send/routing/neighbour_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <unistd.h>

#include "engine/base/fd.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::send {
namespace {

using namespace std::chrono_literals;

constexpr MacAddress kOwn{2, 0, 0, 0, 0, 0x20};
constexpr MacAddress kRouter{2, 0, 0, 0, 0, 0x10};
constexpr MacAddress kAnother{2, 0, 0, 0, 0, 0x11};

Address address(const char* text) {
  return Address::parse(text).value();
}

class NeighbourProbe : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    router_ = Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    monitor_ = Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    lab::run(
        fmt::format("ip link add eth0 address 02:00:00:00:00:20 type veth peer name r0 address "
                    "02:00:00:00:00:10 netns /proc/{}/fd/{}",
                    ::getpid(), router_.get()));
    at_router(
        "ip link set r0 up && ip address add 192.0.2.1/24 dev r0 &&"
        "ip address add 2001:db8:a::1/64 dev r0 nodad");
    lab::run(
        "ip link set eth0 up && ip address add 192.0.2.10/24 dev eth0 &&"
        "ip address add 2001:db8:a::10/64 dev eth0 nodad");
  }

  void at_router(const std::string& command) {
    ASSERT_EQ(::setns(router_.get(), CLONE_NEWNET), 0);
    lab::run(command);
    ASSERT_EQ(::setns(monitor_.get(), CLONE_NEWNET), 0);
  }

  static Neighbour neighbour(const char* of, const char* self) {
    return {::if_nametoindex("eth0"), address(of), address(self), kOwn};
  }
  static std::vector<Neighbour> routers() {
    return {neighbour("192.0.2.1", "192.0.2.10"), neighbour("2001:db8:a::1", "2001:db8:a::10")};
  }
  static std::vector<NeighbourReply> ask(const std::vector<Neighbour>& neighbours,
                                         Duration patience) {
    const auto replies = ask_neighbours(neighbours, patience);
    EXPECT_TRUE(replies) << replies.error().to_string();
    return replies.value_or(std::vector<NeighbourReply>(neighbours.size()));
  }

  Fd router_;
  Fd monitor_;
};

TEST_F(NeighbourProbe, HearsTheMacAddressOfBothFamilies) {
  for (const NeighbourReply& reply : ask(routers(), 10s)) EXPECT_EQ(reply.mac, kRouter);
}

TEST_F(NeighbourProbe, AsksTheWireAndNotTheKernelsCache) {
  lab::run(
      "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:11 dev eth0 nud reachable &&"
      "ip neigh replace 2001:db8:a::1 lladdr 02:00:00:00:00:11 dev eth0 nud reachable");
  for (const NeighbourReply& reply : ask(routers(), 10s)) EXPECT_EQ(reply.mac, kRouter);
  at_router("ip link set r0 address 02:00:00:00:00:11");
  for (const NeighbourReply& reply : ask(routers(), 10s)) EXPECT_EQ(reply.mac, kAnother);
}

TEST_F(NeighbourProbe, TellsSilenceFromAnAnswerAndAskedFromNotAsked) {
  std::vector<Neighbour> neighbours = routers();
  neighbours.push_back(neighbour("192.0.2.77", "192.0.2.10"));
  neighbours.push_back(neighbour("2001:db8:a::77", "2001:db8:a::10"));
  const auto replies = ask(neighbours, 600ms);
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    EXPECT_TRUE(replies[i].asked) << i;
    EXPECT_EQ(replies[i].mac.has_value(), i < 2) << i;
  }
}

// Its subnets do not hold the source address of the probes (RFC 5227: an ARP probe).
TEST_F(NeighbourProbe, IsAnsweredByAGatewayThatIgnoresForeignSenders) {
  at_router("sysctl -qw net.ipv4.conf.r0.arp_ignore=2 && ip address add 198.51.100.1/30 dev r0");
  lab::run("ip address add 203.0.113.9/32 dev lo && ip link set lo up");
  const auto replies = ask({neighbour("198.51.100.1", "203.0.113.9")}, 10s);
  EXPECT_EQ(replies[0].mac, kRouter);
}

TEST_F(NeighbourProbe, HearsNothingOverALinkThatIsDown) {
  at_router("ip link set r0 down");
  for (const NeighbourReply& reply : ask(routers(), 300ms)) EXPECT_FALSE(reply.mac);
}

}  // namespace
}  // namespace rollcall::send
