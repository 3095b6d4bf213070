// Both connectors against a real kernel, in a namespace that owns 198.18.0.0/16 and
// 2001:db8:1::/64.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <thread>

#include "scheduler/recheck/uring_connector.h"
#include "tests/scheduler/recheck/listener.h"
#include "tests/scheduler/recheck/own_namespace.h"
#include "tests/scheduler/recheck/printers.h"

namespace rollcall::recheck {
namespace {

using enum ConnectOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Port kOpenPort{80};
constexpr Port kClosedPort{81};
constexpr Port kSilentPort{82};

Address address(const char* text) {
  return Address::parse(text).value();
}

std::size_t descriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

// Sockets of the namespace in one of the states of include/net/tcp_states.h, both families.
std::size_t sockets_in_state(const std::string& state) {
  std::size_t count = 0;
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::string word;
    while (std::getline(file, line)) {
      std::istringstream words(line);
      for (int i = 0; i < 4; ++i) words >> word;
      count += word == state ? 1 : 0;
    }
  }
  return count;
}
constexpr const char* kSynSent = "02";
constexpr const char* kTimeWait = "06";

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return condition();
}

struct Implementation {
  const char* name;
  Result<std::unique_ptr<TcpConnector>> (*make)();

  friend void PrintTo(const Implementation& which, std::ostream* out) { *out << which.name; }
};

class Connector : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    lab::run("ip link set lo up && ip route add local 198.18.0.0/16 dev lo");
    lab::run("ip -6 route add local 2001:db8:1::/64 dev lo");
    for (const char* bindable : {"2001:db8:1::1", "2001:db8:1::2", "2001:db8:1::99"}) {
      // nodad: even on lo an address is tentative, and refuses bind(2), until a worker has run.
      lab::run(std::string("ip -6 address add nodad dev lo ") + bindable);
    }
    lab::run(
        "nft 'table inet t { chain in { type filter hook input priority 0;"
        " tcp dport 82 drop;"
        " tcp dport 83 reject with icmpx type host-unreachable;"
        " tcp dport 84 reject with icmpx type port-unreachable;"
        " tcp dport 85 reject with icmpx type admin-prohibited; }; }'");
    auto made = GetParam().make();
    ASSERT_TRUE(made) << made.error().to_string();
    connector_ = *std::move(made);
  }

  void start(std::uint32_t target, const Address& peer, Port port, Duration timeout = seconds(10),
             std::optional<Address> self = {}) {
    connector_->start({ScanIndex{target}, peer, port, self, timeout});
  }

  // Polls until `count` results are in, or 20 s have passed.
  std::vector<ConnectResult> await(std::size_t count) {
    std::vector<ConnectResult> all;
    const TimePoint end = clock_.now() + seconds(20);
    while (all.size() < count && clock_.now() < end) {
      const auto some = connector_->poll(clock_.now());
      all.insert(all.end(), some.begin(), some.end());
      if (some.empty()) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    EXPECT_EQ(all.size(), count);
    return all;
  }

  ConnectResult connect(const Address& peer, Port port, Duration timeout = seconds(10),
                        std::optional<Address> self = {}) {
    start(7, peer, port, timeout, self);
    const auto all = await(1);
    return all.empty() ? ConnectResult{} : all[0];
  }

  SystemClock clock_;
  std::unique_ptr<TcpConnector> connector_;
};

INSTANTIATE_TEST_SUITE_P(Live, Connector,
                         testing::Values(Implementation{"io_uring", make_uring_connector},
                                         Implementation{"epoll", make_epoll_connector}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_P(Connector, TellsAListenerARefusalAndSilenceApart) {
  Listener listener(kOpenPort);
  for (const char* peer : {"198.18.0.1", "2001:db8:1::1"}) {
    const auto open = connect(address(peer), kOpenPort);
    EXPECT_EQ(open.outcome, kConnected) << peer << " " << open.sys_errno;
    EXPECT_EQ(open.target, ScanIndex{7});
    EXPECT_EQ(connect(address(peer), kClosedPort).outcome, kRefused) << peer;

    const TimePoint before = clock_.now();
    const auto silent = connect(address(peer), kSilentPort, milliseconds(300));
    EXPECT_EQ(silent.outcome, kTimeout) << peer << " " << silent.sys_errno;
    EXPECT_EQ(silent.sys_errno, ETIMEDOUT);
    EXPECT_GE(clock_.now() - before, milliseconds(300));
  }
  EXPECT_EQ(connector_->in_flight(), 0u);
}

TEST_P(Connector, EndsEachConnectAtItsOwnDeadline) {
  start(1, address("198.18.0.1"), kSilentPort, milliseconds(600));
  start(2, address("198.18.0.2"), kSilentPort, milliseconds(100));
  start(3, address("198.18.0.3"), kSilentPort, milliseconds(300));
  const auto all = await(3);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].target, ScanIndex{2});
  EXPECT_EQ(all[1].target, ScanIndex{3});
  EXPECT_EQ(all[2].target, ScanIndex{1});
}

// The peer itself sends all of these errors. It cannot mean "host unreachable" about itself: a NAT
// router says so of a dead inner host.
TEST_P(Connector, TellsThePeersOwnRejectionFromOtherIcmpErrors) {
  const struct {
    const char* description;
    Port port;
    ConnectOutcome expected;
  } kCases[] = {{"host unreachable", Port{83}, kUnreachable},
                {"port unreachable, which is no RST", Port{84}, kRejected},
                {"administratively prohibited", Port{85}, kRejected}};
  for (const auto& c : kCases) {
    for (const char* peer : {"198.18.0.1", "2001:db8:1::1"}) {
      const TimePoint before = clock_.now();
      const auto result = connect(address(peer), c.port);
      EXPECT_LT(clock_.now() - before, milliseconds(900)) << "not only by the kernel's next SYN";
      EXPECT_EQ(result.outcome, c.expected) << c.description << " " << peer;
      EXPECT_NE(result.sys_errno, 0) << c.description << " " << peer;
    }
  }
}

TEST_P(Connector, CallsUnreachableANeighbourThatDoesNotResolve) {
  lab::run("ip link add quiet type veth peer name deaf && ip link set deaf up");
  lab::run("ip address add 203.0.113.1/24 dev quiet && ip link set quiet up");
  lab::set_sysctl("net/ipv4/neigh/quiet/retrans_time_ms", "50");
  // An address of the peer's end would answer: all addresses of a host answer on every interface.
  const auto result = connect(address("203.0.113.9"), kOpenPort);
  EXPECT_EQ(result.outcome, kUnreachable);
  EXPECT_EQ(result.sys_errno, EHOSTUNREACH);
}

TEST_P(Connector, BlamesThisHostForItsOwnRoutes) {
  lab::run("ip route add unreachable 203.0.113.0/28 && ip route add prohibit 203.0.113.16/28");
  lab::run("ip route add blackhole 203.0.113.32/28");
  const struct {
    const char* description;
    const char* peer;
    std::optional<Address> self;
    int expected;
  } kCases[] = {
      {"no route", "192.0.2.1", {}, ENETUNREACH},
      {"no IPv6 route", "2001:db8:2::1", {}, ENETUNREACH},
      {"unreachable route", "203.0.113.1", {}, EHOSTUNREACH},
      {"prohibit route", "203.0.113.17", {}, EACCES},
      {"blackhole route", "203.0.113.33", {}, EINVAL},
      {"foreign source", "198.18.0.1", address("192.0.2.9"), EADDRNOTAVAIL},
      {"foreign IPv6 source", "2001:db8:1::1", address("2001:db8:2::9"), EADDRNOTAVAIL},
  };
  for (const auto& c : kCases) {
    const auto result = connect(address(c.peer), kOpenPort, seconds(10), c.self);
    EXPECT_EQ(result.outcome, kLocalError) << c.description;
    EXPECT_EQ(result.sys_errno, c.expected) << c.description;
  }
}

TEST_P(Connector, BlamesThisHostWhenDescriptorsRunOut) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  start(7, address("198.18.0.1"), kClosedPort);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(connector_->in_flight(), 1u) << "its result is still to come";
  const auto all = await(1);
  EXPECT_EQ(all.at(0).outcome, kLocalError);
  EXPECT_EQ(all.at(0).sys_errno, EMFILE);
  EXPECT_EQ(connect(address("198.18.0.1"), kClosedPort).outcome, kRefused) << "and it recovers";
}

TEST_P(Connector, BlamesThisHostWhenPortsRunOut) {
  lab::set_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
  start(1, address("198.18.0.1"), kSilentPort, milliseconds(500));
  start(2, address("198.18.0.1"), kSilentPort, milliseconds(500));
  const auto all = await(2);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].target, ScanIndex{2});
  EXPECT_EQ(all[0].outcome, kLocalError);
  EXPECT_EQ(all[0].sys_errno, EADDRNOTAVAIL);
  EXPECT_EQ(all[1].outcome, kTimeout);
}

TEST_P(Connector, UsesTheGivenSourceAndSharesOnePortBetweenDestinations) {
  Listener listener(kOpenPort);
  // With one port, a second socket bound in the ordinary way would get EADDRINUSE.
  lab::set_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
  start(1, address("198.18.0.1"), kOpenPort, seconds(10), address("198.18.9.9"));
  start(2, address("198.18.0.2"), kOpenPort, seconds(10), address("198.18.9.9"));
  start(3, address("2001:db8:1::1"), kOpenPort, seconds(10), address("2001:db8:1::99"));
  start(4, address("2001:db8:1::2"), kOpenPort, seconds(10), address("2001:db8:1::99"));
  for (const auto& result : await(4)) EXPECT_EQ(result.outcome, kConnected) << result.sys_errno;

  ASSERT_TRUE(eventually([&] { return listener.peers().size() == 4; }));
  in6_addr v4{};
  in6_addr v6{};
  ASSERT_EQ(::inet_pton(AF_INET6, "::ffff:198.18.9.9", &v4), 1);
  ASSERT_EQ(::inet_pton(AF_INET6, "2001:db8:1::99", &v6), 1);
  const auto peers = listener.peers();
  const auto from = [&](const in6_addr& who) {
    return std::count_if(peers.begin(), peers.end(),
                         [&](const in6_addr& p) { return IN6_ARE_ADDR_EQUAL(&p, &who); });
  };
  EXPECT_EQ(from(v4), 2);
  EXPECT_EQ(from(v6), 2);
}

TEST_P(Connector, DoesNotTakeItselfForAListener) {
  lab::set_sysctl("net/ipv4/ip_local_port_range", "40000 40000");
  for (const char* peer : {"198.18.0.1", "2001:db8:1::1"}) {
    const auto result = connect(address(peer), Port{40000}, seconds(10), address(peer));
    EXPECT_EQ(result.outcome, kRefused) << peer;
    EXPECT_EQ(result.sys_errno, ECONNREFUSED) << peer;
  }
}

TEST_P(Connector, MakesTenThousandConnectsInWavesAndLeavesNothingBehind) {
  Listener listener(kOpenPort);
  const std::size_t before = descriptors();
  constexpr std::uint32_t kTotal = 10'000;
  std::vector<int> seen(kTotal, 0);
  std::uint32_t started = 0;
  std::uint32_t ended = 0;
  const TimePoint end = clock_.now() + seconds(60);
  while (ended < kTotal && clock_.now() < end) {
    while (started < kTotal && connector_->in_flight() < connector_->in_flight_max()) {
      const bool closed = started % 2 == 1;
      start(started, address("198.18.0.0").plus(1 + started), closed ? kClosedPort : kOpenPort);
      ++started;
    }
    for (const auto& result : connector_->poll(clock_.now())) {
      const std::uint32_t target = result.target.value;
      ++seen.at(target);
      ++ended;
      ASSERT_EQ(result.outcome, target % 2 == 1 ? kRefused : kConnected) << result.sys_errno;
    }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), kTotal) << "each exactly once";
  EXPECT_EQ(connector_->in_flight(), 0u);
  EXPECT_TRUE(eventually([&] { return descriptors() == before; }));
  EXPECT_EQ(sockets_in_state(kTimeWait), 0u);
}

TEST_P(Connector, AbandonsWhatIsInFlightWhenDestroyed) {
  const std::size_t before = descriptors();
  // More than the submission queue holds, and half of it not yet polled.
  for (std::uint32_t i = 0; i < 1000; ++i) start(i, address("198.18.1.0").plus(i), kSilentPort);
  (void)connector_->poll(clock_.now());
  for (std::uint32_t i = 0; i < 1000; ++i) start(i, address("198.18.5.0").plus(i), kSilentPort);
  EXPECT_EQ(connector_->in_flight(), 2000u);
  EXPECT_GE(sockets_in_state(kSynSent), 1000u);
  EXPECT_EQ(descriptors(), before + 2000);

  const std::size_t own = descriptors() - 2000;
  connector_.reset();
  EXPECT_EQ(descriptors(), own - 1) << "the ring or epoll set, and every socket";
  EXPECT_TRUE(eventually([] { return sockets_in_state(kSynSent) == 0; }));
}

TEST_P(Connector, WorksOnAnotherThreadThanTheOneThatMadeIt) {
  Listener listener(kOpenPort);
  ConnectResult result;
  std::thread other([&] { result = connect(address("198.18.0.1"), kOpenPort); });
  other.join();
  EXPECT_EQ(result.outcome, kConnected) << result.sys_errno;
}

// In a child: a hard limit once lowered stays so. Its exit code is what `probe` returns.
int in_child(const std::function<int()>& probe) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(probe());
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_P(Connector, LeavesDescriptorsForTheRestOfTheProcess) {
  const int in_flight_max = in_child([] {
    const rlimit small{.rlim_cur = 200, .rlim_max = 300};
    if (::setrlimit(RLIMIT_NOFILE, &small) != 0) return -1;
    const auto made = GetParam().make();
    return made ? static_cast<int>((*made)->in_flight_max()) : -1;
  });
  EXPECT_EQ(in_flight_max, 44);
}

TEST_P(Connector, RefusesToTakeTheLastDescriptorsOfTheProcess) {
  const int sys_errno = in_child([] {
    const rlimit tiny{.rlim_cur = 256, .rlim_max = 256};
    if (::setrlimit(RLIMIT_NOFILE, &tiny) != 0) return -1;
    const auto made = GetParam().make();
    return made ? -1 : made.error().sys_errno;
  });
  EXPECT_EQ(sys_errno, EMFILE);
}

}  // namespace
}  // namespace rollcall::recheck
