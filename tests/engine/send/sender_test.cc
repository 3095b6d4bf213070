#include "engine/send/sender.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "engine/packet/wire_layout.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/recording_sink.h"
#include "tests/fakes/small_table.h"

namespace rollcall::send {
namespace {

using namespace std::chrono_literals;
using fakes::RecordingSink;

const packet::CookieKey kKey({1, 2});
const packet::PortSchedule kPorts(kKey, packet::kDefaultPortBase);

NextHop hop(bool via_gateway) {
  NextHop hop{.interface_index = 2, .interface = "eth0", .self = Address::from_v4(0xc6130001)};
  hop.ethernet = true;
  if (via_gateway) hop.gateway = Address::from_v4(0xc61300fe);
  return hop;
}

// A clock that moves on at every reading, so that waits inside a flush come to an end.
class TickingClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return now_ += 10ms; }
  WallTime wall() const noexcept override { return {}; }

 private:
  mutable TimePoint now_{1000s};
};

class SenderTest : public testing::Test {
 protected:
  // Even targets go by hop 0 (sink 0), odd ones by hop 1 (sink 1).
  SenderTest() { make_sender({}); }

  void make_sender(inventory::Scope scope) {
    std::vector<std::uint16_t> hops;
    for (std::uint32_t i = 0; i < table_.size(); ++i) hops.push_back(i % 2);
    // Both through the gateway: whether a frame has a link header is for the lane to say, not the
    // hop.
    routes_.emplace(std::vector{hop(true), hop(true)}, hops, std::vector<Unroutable>{});
    std::vector<std::unique_ptr<PacketSink>> sinks;
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
      auto owned = std::make_unique<RecordingSink>(i == 0);
      sinks_[i] = owned.get();
      sinks.push_back(std::move(owned));
    }
    sender_.emplace(Sender::Setup{.table = table_,
                                  .routes = *routes_,
                                  .sinks = std::move(sinks),
                                  .sink_of_hop = {0, 1},
                                  .key = kKey,
                                  .ports = kPorts,
                                  .rate = {1e6},
                                  .scope = std::move(scope),
                                  .requests = requests_,
                                  .notices = notices_,
                                  .clock = clock_});
  }

  void request(std::uint32_t target, Attempt attempt = 0) {
    ASSERT_TRUE(requests_.push({{target}, kEpoch, attempt}));
  }
  std::vector<SentNotice> take_notices() {
    std::vector<SentNotice> taken;
    notices_.consume_all([&taken](const SentNotice& notice) { taken.push_back(notice); });
    return taken;
  }

  static constexpr Epoch kEpoch{77};
  inventory::TargetTable table_ = fakes::consecutive_table(200);
  std::optional<RoutePlan> routes_;
  TickingClock clock_;
  ProbeRing requests_{1024};
  NoticeRing notices_{1024};
  std::array<RecordingSink*, 2> sinks_{};
  std::optional<Sender> sender_;
};

TEST_F(SenderTest, SendsWhatWasAskedFromTheScheduledPortWithTheCookie) {
  request(4, 2);
  sender_->step();
  ASSERT_EQ(sinks_[0]->frames.size(), 1u);
  const std::byte* ip = &sinks_[0]->frames[0][packet::ethernet::kBytes];
  const std::byte* tcp = ip + packet::ipv4::kBytesMin;
  const inventory::Target& target = table_.at({4});
  const Port port = kPorts.self_port(target.port_phase, {kEpoch, 2});
  EXPECT_EQ(packet::load_v4(ip + packet::ipv4::kDestination), target.address);
  EXPECT_EQ(packet::load_be<std::uint16_t>(tcp), port.value);
  EXPECT_EQ(packet::load_be<std::uint16_t>(tcp + 2), 80);
  EXPECT_EQ(
      packet::load_be<std::uint32_t>(tcp + 4),
      packet::seq_of(kKey.cookie({hop(true).self, target.address, port, target.port}, kEpoch), {4})
          .value);
}

TEST_F(SenderTest, RoutesEachTargetThroughItsOwnLane) {
  for (std::uint32_t i = 0; i < 10; ++i) request(i);
  sender_->step();
  EXPECT_EQ(sinks_[0]->frames.size(), 5u);
  EXPECT_EQ(sinks_[1]->frames.size(), 5u);
  EXPECT_EQ(sinks_[0]->frames[0].size(), 58u) << "Ethernet, IPv4, TCP with one option";
  EXPECT_EQ(sinks_[1]->frames[0].size(), 44u) << "raw IP: the kernel adds the link header";
}

TEST_F(SenderTest, GivesExactlyOneNoticeARequest) {
  for (std::uint32_t i = 0; i < 200; ++i) request(i, static_cast<Attempt>(i % 3));
  for (int round = 0; round < 10; ++round) sender_->step();
  std::set<std::uint32_t> seen;
  for (const SentNotice& notice : take_notices()) {
    EXPECT_TRUE(notice.sent);
    EXPECT_EQ(notice.attempt, notice.target.value % 3);
    EXPECT_TRUE(seen.insert(notice.target.value).second);
  }
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_EQ(sender_->counters().sent.get(), 200u);
}

TEST_F(SenderTest, SendsNothingToAnAddressOutsideOfTheScope) {
  make_sender(inventory::Scope({{table_.at({0}).address, table_.at({0}).address}}));
  for (std::uint32_t i = 0; i < 10; ++i) request(i);
  sender_->step();
  EXPECT_EQ(sinks_[0]->frames.size(), 1u);
  EXPECT_EQ(sinks_[1]->frames.size(), 0u);
  EXPECT_EQ(sender_->counters().out_of_scope.get(), 9u);
  EXPECT_EQ(sender_->counters().not_sent.get(), 9u);
  int refused = 0;
  for (const SentNotice& notice : take_notices()) refused += notice.sent ? 0 : 1;
  EXPECT_EQ(refused, 9) << "each request gets its notice";
}

TEST_F(SenderTest, OffersAgainWhatAFullQueueRefused) {
  sinks_[0]->script = {{0b0101, ENOBUFS}, {0, EAGAIN}, {0b01, ENOBUFS}};
  for (std::uint32_t i = 0; i < 8; i += 2) request(i);
  sender_->step();
  EXPECT_EQ(sinks_[0]->batches, (std::vector<std::size_t>{4, 2, 2, 1}));
  EXPECT_EQ(sinks_[0]->frames.size(), 4u);
  EXPECT_EQ(take_notices().size(), 4u);
  EXPECT_EQ(sender_->counters().refusals.get(), 3u);
  EXPECT_EQ(sender_->counters().not_sent.get(), 0u);
}

TEST_F(SenderTest, ReportsAsNotSentOnlyTheFrameThatIsRefusedForGood) {
  sinks_[0]->script = {{0b0001, EPERM}};
  for (std::uint32_t i = 0; i < 8; i += 2) request(i);
  sender_->step();
  std::vector<std::uint32_t> refused;
  for (const SentNotice& notice : take_notices()) {
    if (!notice.sent) refused.push_back(notice.target.value);
  }
  EXPECT_EQ(refused, std::vector<std::uint32_t>{2});
  EXPECT_EQ(sinks_[0]->frames.size(), 3u);
}

TEST_F(SenderTest, GivesUpAfterASecondOfAFullQueue) {
  for (int i = 0; i < 10000; ++i) sinks_[0]->script.push_back({0, ENOBUFS});
  request(0);
  request(2);
  sender_->step();
  const auto notices = take_notices();
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_FALSE(notices[0].sent);
  EXPECT_FALSE(notices[1].sent);
  EXPECT_LT(sinks_[0]->batches.size(), 200u);
  EXPECT_EQ(sender_->counters().not_sent.get(), 2u);
}

TEST_F(SenderTest, SaysWhenToComeBackWhenNothingIsAsked) {
  EXPECT_GT(sender_->step(), TimePoint(1000s));
  EXPECT_TRUE(sinks_[0]->batches.empty());
}

TEST(ClassifySendErrno, BacksOffOnlyFromWhatPasses) {
  for (const int passing : {EAGAIN, ENOBUFS, ENOMEM, EINTR, ENETDOWN}) {
    EXPECT_EQ(classify_send_errno(passing), Refusal::kBackOff) << passing;
  }
  for (const int final :
       {EPERM, EACCES, EHOSTUNREACH, ENETUNREACH, EMSGSIZE, EINVAL, ENXIO, 9999}) {
    EXPECT_EQ(classify_send_errno(final), Refusal::kGiveUp) << final;
  }
}

}  // namespace
}  // namespace rollcall::send
