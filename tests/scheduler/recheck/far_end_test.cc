// Connects that a NAT rule of this host leads to a socket of this host. The test's namespace is the
// monitor; a second one has the peers, 203.0.113.1 and 2001:db8:b::1, with a listener on port 80.
#include "scheduler/recheck/far_end.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <thread>

#include "engine/base/fd.h"
#include "scheduler/recheck/connect_socket.h"
#include "scheduler/recheck/uring_connector.h"
#include "tests/scheduler/recheck/listener.h"
#include "tests/scheduler/recheck/own_namespace.h"
#include "tests/scheduler/recheck/printers.h"

namespace rollcall::recheck {
namespace {

using enum ConnectOutcome;
using std::chrono::seconds;

constexpr Port kListened{80};
constexpr Port kRedirected{81};  // to port 80 of this host
constexpr Port kTranslated{82};  // to port 80 of an own address

Address address(const char* text) {
  return Address::parse(text).value();
}

class FarEnd : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    const Fd peers(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    lab::run("ip link set lo up");
    at_peers_.emplace(kListened);
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    const Fd monitor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    lab::run("ip link set lo up");
    lab::run(fmt::format("ip link add eth0 type veth peer name eth0 netns /proc/{}/fd/{}",
                         ::getpid(), peers.get()));
    lab::run(
        "ip link set eth0 up && ip address add 203.0.113.2/24 dev eth0 &&"
        "ip address add 2001:db8:b::2/64 dev eth0 nodad && ip address add 198.18.0.1/32 dev lo &&"
        "ip address add 2001:db8:1::1/128 dev lo nodad");
    lab::run(
        "nft 'table inet own { chain out { type nat hook output priority -100;"
        " tcp dport 81 redirect to :80;"
        " meta nfproto ipv4 tcp dport 82 dnat ip to 198.18.0.1:80;"
        " meta nfproto ipv6 tcp dport 82 dnat ip6 to [2001:db8:1::1]:80; }; }'");
    ASSERT_EQ(::setns(peers.get(), CLONE_NEWNET), 0);
    lab::run(
        "ip link set eth0 up && ip address add 203.0.113.1/24 dev eth0 &&"
        "ip address add 2001:db8:b::1/64 dev eth0 nodad");
    ASSERT_EQ(::setns(monitor.get(), CLONE_NEWNET), 0);
    at_monitor_.emplace(kListened);
  }

  static ConnectOutcome connect(TcpConnector& connector, const char* peer, Port port,
                                std::optional<Address> self = {}, bool check = true) {
    const SystemClock clock;
    connector.start({.peer = address(peer),
                     .peer_port = port,
                     .self = self,
                     .timeout = seconds(5),
                     .check_far_end = check});
    for (const TimePoint end = clock.now() + seconds(20); clock.now() < end;) {
      const auto ended = connector.poll(clock.now());
      if (!ended.empty()) return ended.front().outcome;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return kTimeout;
  }

  std::optional<Listener> at_peers_;
  std::optional<Listener> at_monitor_;
};

TEST_F(FarEnd, IsHereWhereARuleLedTheConnectToASocketOfThisHost) {
  for (const auto make : {make_uring_connector, make_epoll_connector}) {
    auto connector = make();
    ASSERT_TRUE(connector) << connector.error().to_string();
    for (const char* peer : {"203.0.113.1", "203.0.113.77", "2001:db8:b::1", "2001:db8:b::77"}) {
      EXPECT_EQ(connect(**connector, peer, kRedirected), kLedHere) << peer;
      EXPECT_EQ(connect(**connector, peer, kTranslated), kLedHere) << peer;
      EXPECT_EQ(connect(**connector, peer, kRedirected, {}, false), kConnected)
          << peer << ": not asked for";
    }
  }
}

// The connection table holds the first connect's port for some seconds after its end.
TEST_F(FarEnd, IsHereThoughNatChoseAnotherPort) {
  lab::set_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
  auto connector = make_epoll_connector();
  ASSERT_TRUE(connector) << connector.error().to_string();
  for (const char* peer : {"203.0.113.71", "203.0.113.72", "203.0.113.73", "2001:db8:b::71",
                           "2001:db8:b::72", "2001:db8:b::73"}) {
    EXPECT_EQ(connect(**connector, peer, kRedirected), kLedHere) << peer;
  }
}

TEST_F(FarEnd, IsElsewhereWhereThePeerItselfAccepted) {
  auto connector = make_epoll_connector();
  ASSERT_TRUE(connector) << connector.error().to_string();
  for (const char* peer : {"203.0.113.1", "2001:db8:b::1"}) {
    EXPECT_EQ(connect(**connector, peer, kListened), kConnected) << peer;
  }
}

// Another connection has both of its ends here, and the near one has our very address and port.
TEST_F(FarEnd, IsElsewhereThoughAConnectionWithinThisHostSharesThePort) {
  lab::set_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
  auto connector = make_epoll_connector();
  ASSERT_TRUE(connector) << connector.error().to_string();
  const std::pair<const char*, const char*> kOwn[] = {{"198.18.0.1", "203.0.113.2"},
                                                      {"2001:db8:1::1", "2001:db8:b::2"}};
  for (const auto& [own, self] : kOwn) {
    const ConnectRequest request{
        .peer = address(own), .peer_port = kListened, .self = address(self), .timeout = seconds(5)};
    const auto within = open_connect_socket(request, Blocking::kYes);
    ASSERT_TRUE(within);
    const SocketAddress peer = to_socket_address(request.peer, request.peer_port);
    ASSERT_EQ(::connect(within->get(), &peer.generic, peer.length), 0) << own;
    EXPECT_TRUE(is_far_end_on_this_host(within->get())) << "and it is so of that one";
    const char* remote = address(own).is_v4() ? "203.0.113.1" : "2001:db8:b::1";
    EXPECT_EQ(connect(**connector, remote, kListened, address(self)), kConnected) << remote;
    EXPECT_EQ(connect(**connector, remote, kRedirected, address(self)), kLedHere) << remote;
  }
}

}  // namespace
}  // namespace rollcall::recheck
