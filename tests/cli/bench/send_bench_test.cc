#include "cli/bench/send_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/packet/wire_layout.h"
#include "tests/fakes/recording_sink.h"
#include "tests/fakes/small_table.h"

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTargets = 100;
constexpr PacketRate kRate{20000};
constexpr Duration kTime = 50ms;

struct Measured {
  SendFigures figures;
  std::vector<fakes::RecordingSink::Bytes> frames;
  std::size_t largest_batch = 0;
};

// Forwards frames to a sink that outlives the measurement, which owns and destroys its sinks.
class Reporter final : public send::PacketSink {
 public:
  explicit Reporter(fakes::RecordingSink& to) : to_(to) {}
  send::SendReport submit(std::span<const send::Frame> batch) noexcept override {
    return to_.submit(batch);
  }
  bool takes_link_header() const noexcept override { return true; }
  std::string_view lane() const noexcept override { return "recording"; }

 private:
  fakes::RecordingSink& to_;
};

Measured measure(std::size_t batch, std::vector<fakes::RecordingSink> sinks) {
  const inventory::TargetTable table = fakes::consecutive_table(kTargets);
  std::vector<ScanIndex> order;
  for (std::uint32_t i = 0; i < kTargets; ++i) order.push_back({i});
  const send::NextHop hop{.interface = "nowhere0", .self = Address::from_v4(0xc6130001)};
  std::vector<std::unique_ptr<send::PacketSink>> lanes;
  for (fakes::RecordingSink& sink : sinks) lanes.push_back(std::make_unique<Reporter>(sink));
  Measured measured;
  measured.figures = measure_send({.table = table,
                                   .targets = order,
                                   .hop = hop,
                                   .batch = batch,
                                   .rate = kRate,
                                   .time = kTime,
                                   .interrupted = [] { return false; }},
                                  std::move(lanes));
  for (fakes::RecordingSink& sink : sinks) {
    std::ranges::move(sink.frames, std::back_inserter(measured.frames));
    measured.largest_batch = std::max(measured.largest_batch, std::ranges::max(sink.batches));
  }
  return measured;
}

TEST(MeasureSend, SendsSynsToTheTargetsAndCountsWhatWasTaken) {
  const Measured measured = measure(16, std::vector<fakes::RecordingSink>(1));
  EXPECT_EQ(measured.figures.frames, measured.frames.size());
  EXPECT_EQ(measured.figures.refused, 0u);
  EXPECT_EQ(measured.figures.threads, 1u);
  EXPECT_LE(measured.largest_batch, 16u);
  ASSERT_GE(measured.frames.size(), kTargets);
  std::set<Address> asked;
  for (const auto& frame : measured.frames) {
    ASSERT_EQ(frame.size(), 58u);
    ASSERT_EQ(frame[47], std::byte{packet::tcp::kSyn});
    asked.insert(packet::load_v4(&frame[30]));
  }
  EXPECT_EQ(asked.size(), kTargets);
  EXPECT_EQ(*asked.begin(), Address::from_v4(0xc6120000));
}

TEST(MeasureSend, SeveralThreadsShareTheTargetsAndTheRate) {
  const Measured measured = measure(send::kBatchMax, std::vector<fakes::RecordingSink>(2));
  EXPECT_EQ(measured.figures.threads, 2u);
  EXPECT_EQ(measured.figures.frames, measured.frames.size());
  // Bursts of two milliseconds at each thread's start are all that may come on top.
  const double seconds = std::chrono::duration<double>(kTime).count();
  EXPECT_LE(static_cast<double>(measured.frames.size()), kRate.per_second * (seconds + 0.01));
}

TEST(MeasureSend, CountsWhatTheKernelRefused) {
  std::vector<fakes::RecordingSink> sinks(1);
  sinks[0].script = {{0, ENOBUFS}, {0b1, EAGAIN}};
  const Measured measured = measure(4, std::move(sinks));
  EXPECT_GE(measured.figures.refused, 2u);
  EXPECT_EQ(measured.figures.frames, measured.frames.size());
  EXPECT_GT(measured.figures.accepted_pps, 0);
}

}  // namespace
}  // namespace rollcall::bench
