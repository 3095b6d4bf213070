#include "capture/capture_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <deque>
#include <thread>

#include "engine/base/fd.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/small_table.h"

namespace rollcall::capture {
namespace {

using namespace std::chrono_literals;
using Frame = std::vector<std::byte>;

// Hands on its frames once, then fails or falls silent.
class ScriptedSource final : public PacketSource {
 public:
  explicit ScriptedSource(std::deque<Frame> frames, WallTime at, bool fails_then = false)
      : frames_(std::move(frames)), at_(at), fails_then_(fails_then), ready_(::eventfd(1, 0)) {}

  bool dispatch(FrameHandler& handler) noexcept override {
    for (const Frame& frame : frames_) handler.on_frame(frame, packet::LinkType::kRawIp, at_);
    const bool first = !frames_.empty();
    frames_.clear();
    return first || !fails_then_;
  }
  int wait_fd() const noexcept override { return ready_.get(); }
  SourceStats stats() noexcept override { return {.ring_drops = 3}; }
  std::string failure() const override { return "the interface went away"; }

 private:
  std::deque<Frame> frames_;
  WallTime at_;
  bool fails_then_;
  Fd ready_;  // always readable
};

class CaptureLoopTest : public testing::Test {
 protected:
  Frame syn_ack(std::uint32_t index) const {
    const inventory::Target& target = table_.at({index});
    const Port port = ports_.self_port(target.port_phase, {kEpoch, 0});
    const Address self = Address::from_v4(0xc6130001);
    const TcpSeq cookie = key_.cookie({self, target.address, port, target.port}, kEpoch);
    const TcpSeq ack = packet::seq_of(cookie, {index}) + 1;
    std::vector<std::uint8_t> bytes = {0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0};
    const auto put = [&bytes](std::uint64_t value, int width) {
      while (width-- > 0) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
    };
    put(target.address.v4(), 4);
    put(self.v4(), 4);
    put(target.port.value, 2);
    put(port.value, 2);
    put(0, 4);
    put(ack.value, 4);
    put(0x5012, 2);
    put(0, 6);
    const auto as_bytes = std::as_bytes(std::span(bytes));
    return {as_bytes.begin(), as_bytes.end()};
  }
  CaptureLoop loop_of(std::deque<Frame> frames, ObservationRing& ring, bool fails_then = false) {
    std::vector<std::unique_ptr<PacketSource>> sources;
    sources.push_back(
        std::make_unique<ScriptedSource>(std::move(frames), clock_.wall() - 2ms, fails_then));
    return {std::move(sources), correlator_, ring, clock_};
  }

  static constexpr Epoch kEpoch{5};
  fakes::FakeClock clock_;
  inventory::TargetTable table_ = fakes::consecutive_table(100);
  packet::CookieKey key_{SipKey{1, 2}};
  packet::PortSchedule ports_{key_, packet::kDefaultPortBase};
  Correlator correlator_{table_, key_, ports_, kEpoch};
};

TEST_F(CaptureLoopTest, HandsOnAnswersWithTheirTimeOnTheMonotonicClock) {
  ObservationRing ring(16);
  CaptureLoop loop = loop_of({syn_ack(1), syn_ack(2)}, ring);
  std::thread thread([&loop] { loop.run(); });
  while (ring.read_available() < 2) std::this_thread::yield();
  loop.stop();
  thread.join();
  Observation seen;
  ASSERT_TRUE(ring.pop(seen));
  EXPECT_EQ(seen.target.value, 1u);
  EXPECT_EQ(seen.at, clock_.now() - 2ms);
  EXPECT_EQ(loop.counters().accepted.get(), 2u);
  EXPECT_EQ(loop.failure(), "");
  EXPECT_EQ(loop.counters().source_drops.get(), 3u);
}

TEST_F(CaptureLoopTest, DropsAndCountsWhenTheSchedulerDoesNotKeepUp) {
  ObservationRing ring(2);
  CaptureLoop loop = loop_of({syn_ack(1), syn_ack(2), syn_ack(3), syn_ack(4)}, ring, true);
  loop.run();
  EXPECT_EQ(loop.counters().accepted.get(), 2u);
  EXPECT_EQ(loop.counters().ring_drops.get(), 2u);
}

TEST_F(CaptureLoopTest, CountsWhatItRejectsByReason) {
  Frame forged = syn_ack(1);
  forged[28] ^= std::byte{1};
  ObservationRing ring(16);
  CaptureLoop loop = loop_of({Frame(10), forged}, ring, true);
  loop.run();
  const auto& rejected = loop.counters().rejected;
  EXPECT_EQ(rejected[static_cast<std::size_t>(packet::RejectReason::kNotIp)].get(), 1u);
  EXPECT_EQ(rejected[static_cast<std::size_t>(packet::RejectReason::kWrongCookie)].get(), 1u);
  EXPECT_EQ(loop.counters().rejected_total(), 2u);
  EXPECT_EQ(loop.counters().frames.get(), 2u);
}

TEST_F(CaptureLoopTest, EndsAndSaysWhyWhenASourceFails) {
  ObservationRing ring(16);
  CaptureLoop loop = loop_of({syn_ack(1)}, ring, true);
  loop.run();
  EXPECT_EQ(loop.failure(), "the interface went away");
}

}  // namespace
}  // namespace rollcall::capture
