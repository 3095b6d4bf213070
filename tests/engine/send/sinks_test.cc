// The real lanes on a real interface: a veth pair in a network namespace of the test's own.

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "engine/base/fd.h"
#include "engine/packet/syn_template.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/mmsg_sink.h"
#include "engine/send/transmit_socket.h"
#include "engine/send/uring_sink.h"

namespace rollcall::send {
namespace {

void shell(const char* command) {
  ASSERT_EQ(std::system(command), 0) << command;
}

// Runs the body on a thread of its own, in a new network namespace that goes away with it.
template <typename Body>
void in_new_namespace(Body body) {
  std::thread([&body] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0)
        << "this test makes a network namespace and needs root: " << std::strerror(errno);
    shell(
        "ip link add near type veth peer name far && ip link set near up && ip link set far up && "
        "ip addr add 198.19.0.1/30 dev near && ip route add 198.18.0.0/16 dev near && "
        "ip neigh add 198.18.0.9 lladdr 02:00:00:00:00:fe dev near nud permanent");
    body();
  }).join();
}

NextHop near_hop() {
  return {.interface_index = if_nametoindex("near"),
          .interface = "near",
          .self = Address::parse("198.19.0.1").value(),
          .gateway = Address::parse("198.19.0.2"),
          .ethernet = true};
}

// Counts the IPv4 SYNs to 198.18.0.9 that arrive at the far end.
class FarEnd {
 public:
  FarEnd() : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_IP))) {
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_IP);
    at.sll_ifindex = static_cast<int>(if_nametoindex("far"));
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  }
  std::size_t count_syns() {
    std::size_t syns = 0;
    std::array<std::byte, 256> frame;
    while (true) {
      const ssize_t n = ::recv(socket_.get(), frame.data(), frame.size(), 0);
      if (n < 0) return syns;
      const bool to_peer = packet::load_v4(&frame[14 + packet::ipv4::kDestination]) == kPeer;
      if (n == 58 && to_peer) ++syns;
    }
  }
  static constexpr Address kPeer = Address::from_v4(0xc6120009);

 private:
  Fd socket_;
};

// 64 finished SYNs in their slots.
class Batch {
 public:
  explicit Batch(const packet::SynTemplate& syn) {
    for (std::uint16_t i = 0; i < kBatchMax; ++i) {
      syn.emit(slots_[i], {FarEnd::kPeer, {static_cast<std::uint16_t>(61000 + i)}, {80}, {i}, i});
      frames_[i] = std::span(slots_[i]).first(syn.frame_bytes());
    }
  }
  std::span<const Frame> frames() const { return frames_; }

 private:
  std::array<std::array<std::byte, packet::kFrameBytesMax>, kBatchMax> slots_{};
  std::array<Frame, kBatchMax> frames_;
};

void expect_batches_arrive(PacketSink& sink, const std::optional<packet::LinkHeader>& link) {
  const Batch batch(packet::SynTemplate(near_hop().self, link));
  FarEnd far;
  for (int round = 1; round <= 3; ++round) {
    const SendReport report = sink.submit(batch.frames());
    EXPECT_EQ(report.accepted, ~std::uint64_t{0});
    EXPECT_EQ(report.sys_errno, 0);
    EXPECT_EQ(far.count_syns(), kBatchMax) << sink.lane() << ", round " << round;
  }
  EXPECT_EQ(sink.submit(batch.frames().first(1)).accepted, 1u);
  EXPECT_EQ(sink.submit({}).accepted, 0u);
}

TEST(UringSink, DeliversWholeBatches) {
  in_new_namespace([] {
    auto socket = open_packet_socket(near_hop());
    ASSERT_TRUE(socket) << socket.error().to_string();
    auto sink = UringSink::create(*socket);
    ASSERT_TRUE(sink) << sink.error().to_string();
    expect_batches_arrive(**sink, packet::LinkHeader{});
  });
}

TEST(UringSink, HasARingThatTakesNoOtherOrders) {
  in_new_namespace([] {
    auto socket = open_packet_socket(near_hop());
    ASSERT_TRUE(socket) << socket.error().to_string();
    const int lowest_free = ::dup(socket->get());  // where the ring will be
    ::close(lowest_free);
    auto sink = UringSink::create(*socket);
    ASSERT_TRUE(sink) << sink.error().to_string();
    expect_batches_arrive(**sink, packet::LinkHeader{});
    // Enabled now, by this thread.
    const int event = ::eventfd(0, EFD_CLOEXEC);
    EXPECT_EQ(::syscall(__NR_io_uring_register, lowest_free, IORING_REGISTER_EVENTFD, &event, 1),
              -1);
    EXPECT_EQ(errno, EACCES);
    ::close(event);
  });
}

TEST(MmsgSink, DeliversWholeBatches) {
  in_new_namespace([] {
    auto socket = open_packet_socket(near_hop());
    ASSERT_TRUE(socket) << socket.error().to_string();
    MmsgSink sink(std::move(*socket));
    expect_batches_arrive(sink, packet::LinkHeader{});
  });
}

TEST(RawIpSink, DeliversWholeBatchesThroughTheKernelsRouting) {
  in_new_namespace([] {
    auto socket = open_raw_ip_socket(near_hop());
    ASSERT_TRUE(socket) << socket.error().to_string();
    RawIpSink sink(std::move(*socket));
    expect_batches_arrive(sink, std::nullopt);
  });
}

TEST(PacketSinks, SayWhyAnInterfaceThatIsDownTookNothing) {
  in_new_namespace([] {
    auto first = open_packet_socket(near_hop());
    auto second = open_packet_socket(near_hop());
    ASSERT_TRUE(first && second);
    auto uring = UringSink::create(*first);
    ASSERT_TRUE(uring) << uring.error().to_string();
    MmsgSink mmsg(std::move(*second));
    shell("ip link set near down");
    const Batch batch(packet::SynTemplate(near_hop().self, packet::LinkHeader{}));
    for (PacketSink* sink :
         {static_cast<PacketSink*>(uring->get()), static_cast<PacketSink*>(&mmsg)}) {
      const SendReport report = sink->submit(batch.frames());
      EXPECT_EQ(report.accepted, 0u) << sink->lane();
      EXPECT_EQ(report.sys_errno, ENETDOWN) << sink->lane();
    }
  });
}

TEST(TransmitSocket, NamesTheCapabilityThatIsMissing) {
  const Error error = raw_socket_refused(EPERM);
  EXPECT_EQ(error.code, ErrorCode::kPermission);
  EXPECT_NE(error.to_string().find("cap_net_raw"), std::string::npos);
  EXPECT_NE(error.to_string().find("setcap"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::send
