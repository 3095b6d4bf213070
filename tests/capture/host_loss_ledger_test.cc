#include "capture/host_loss_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::capture {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr TimePoint kStart{100s};

PathSample sample_at(Duration after) {
  return {.at = kStart + after, .heard_until = kStart + after};
}

struct Case {
  const char* description;
  void (*change)(PathSample&);
  Loss loss;
  std::uint64_t amount;
  bool for_connects;
};

TEST(HostLossLedger, TellsWhatWasLostAndWhomItConcerns) {
  const Case cases[] = {
      {"tx_dropped", [](PathSample& s) { s.kernel.transmit_drops = 30; }, Loss::kTransmit, 30,
       true},
      {"a full qdisc",
       [](PathSample& s) {
         s.kernel.queue_drops = 20;
         s.probes_are_queued = true;
         s.accepted = 20;
       },
       Loss::kQueue, 20, true},
      {"softnet", [](PathSample& s) { s.kernel.backlog_drops = s.kernel.receive_drops = 90; },
       Loss::kBacklog, 90, true},
      {"rx_dropped", [](PathSample& s) { s.kernel.receive_drops = 17; }, Loss::kReceive, 17, true},
      {"noise", [](PathSample& s) { s.kernel.receive_drops = 16; }, Loss::kReceive, 16, false},
      {"ps_drop", [](PathSample& s) { s.capture_drops = 7; }, Loss::kCaptureRing, 7, false},
      {"our ring", [](PathSample& s) { s.own_ring_drops = 4; }, Loss::kOwnRing, 4, false},
      {"sender", [](PathSample& s) { s.sender_gap = 101ms; }, Loss::kSenderStall, 101, false},
      {"capture", [](PathSample& s) { s.capture_gap = 300ms; }, Loss::kCaptureStall, 300, false},
      {"scheduler", [](PathSample& s) { s.scheduler_gap = 150ms; }, Loss::kSchedulerStall, 150,
       false},
      {"flapped", [](PathSample& s) { s.kernel.carrier_changes = 2; }, Loss::kCarrier, 2, true},
      {"link down", [](PathSample& s) { s.kernel.carriers_lost = 1; }, Loss::kCarrier, 1, true},
      {"slept", [](PathSample& s) { s.kernel.suspended = 5s; }, Loss::kSuspend, 5000, true},
  };
  for (const Case& c : cases) {
    HostLossLedger ledger(sample_at(0ms));
    PathSample sample = sample_at(250ms);
    c.change(sample);
    const PathSlice slice = ledger.add(sample);
    EXPECT_EQ(slice.lost[static_cast<std::size_t>(c.loss)], c.amount) << c.description;
    EXPECT_TRUE(slice.lost_for_probes()) << c.description;
    EXPECT_EQ(slice.lost_for_connects(), c.for_connects) << c.description;
    EXPECT_EQ(ledger.total(c.loss), c.amount) << c.description;
    ASSERT_EQ(ledger.findings().size(), 1u) << c.description;
    EXPECT_THAT(ledger.findings()[0], HasSubstr("in 1 of 1 slices")) << c.description;
  }
}

TEST(HostLossLedger, CountsWhatGrewSinceTheSampleBefore) {
  PathSample sample = sample_at(0ms);
  sample.kernel.backlog_drops = 1000;  // before our time
  HostLossLedger ledger(sample);
  sample = sample_at(250ms);
  sample.kernel.backlog_drops = 1000;
  EXPECT_FALSE(ledger.add(sample).lost_for_probes());
  sample.at += 250ms;
  sample.kernel.backlog_drops = 1010;
  sample.kernel.receive_drops = 10;
  EXPECT_TRUE(ledger.add(sample).lost_for_probes());
  sample.at += 250ms;
  sample.sender_gap = 99ms;  // busy, not stalled
  EXPECT_FALSE(ledger.add(sample).lost_for_probes());
  EXPECT_EQ(ledger.total(Loss::kBacklog), 10u);
  EXPECT_THAT(ledger.findings(), ElementsAre(HasSubstr("in 1 of 3 slices")));
}

TEST(HostLossLedger, LeavesTheDropsOfOtherTrafficOut) {
  const auto slice_of = [](auto change) {
    HostLossLedger ledger(sample_at(0ms));
    PathSample sample = sample_at(250ms);
    sample.accepted = 100;
    change(sample);
    return ledger.add(sample);
  };
  const PathSlice bypassed = slice_of([](PathSample& s) { s.kernel.queue_drops = 5000; });
  EXPECT_EQ(bypassed.of(Loss::kQueue), 0u)
      << "packet sockets bypass the queue, and no connect is up";
  EXPECT_FALSE(bypassed.lost_for_probes());
  EXPECT_FALSE(bypassed.lost_for_connects());

  const PathSlice one_connect = slice_of([](PathSample& s) {
    s.kernel.queue_drops = 5000;
    s.connects_in_flight = 1;
  });
  EXPECT_EQ(one_connect.of(Loss::kQueue), 1u);
  EXPECT_FALSE(one_connect.lost_for_probes());
  EXPECT_FALSE(one_connect.lost_packets()) << "a lower rate of probes would not have kept it";
  EXPECT_FALSE(one_connect.lost_for_connects())
      << "a lossy path, for which there are more connects";

  const PathSlice many_connects = slice_of([](PathSample& s) {
    s.kernel.queue_drops = 5000;
    s.connects_in_flight = 300;
  });
  EXPECT_FALSE(many_connects.lost_for_probes());
  EXPECT_TRUE(many_connects.lost_for_connects());

  const PathSlice other_namespace = slice_of([](PathSample& s) { s.kernel.backlog_drops = 700; });
  EXPECT_FALSE(other_namespace.lost_for_probes());
  EXPECT_FALSE(other_namespace.lost_for_connects());
}

TEST(HostLossLedger, CountsWhatConnectsUnderWayBeforeTheSliceMayHaveLost) {
  PathSample sample = sample_at(0ms);
  sample.connects_in_flight = 40;
  HostLossLedger ledger(sample);
  sample = sample_at(250ms);
  sample.kernel.queue_drops = 30;
  EXPECT_TRUE(ledger.add(sample).lost_for_connects());
}

TEST(HostLossLedger, SaysOfALinkThatStayedDownThatItWasLostOnce) {
  HostLossLedger ledger(sample_at(0ms));
  for (int i = 1; i <= 20; ++i) {
    PathSample sample = sample_at(i * 250ms);
    sample.kernel.carrier_changes = i < 17 ? 1 : 2;
    sample.kernel.carriers_lost = i < 17 ? 1 : 0;
    const PathSlice slice = ledger.add(sample);
    EXPECT_EQ(slice.lost_for_probes(), i <= 17) << i;
  }
  EXPECT_THAT(ledger.findings(),
              ElementsAre(HasSubstr("changed 2 times between up and down and was down for 4.0 s")));
}

TEST(HostLossLedger, TakesACounterThatStartsAnewForNoLoss) {
  PathSample sample = sample_at(0ms);
  sample.kernel.receive_drops = 500;
  HostLossLedger ledger(sample);
  EXPECT_FALSE(ledger.add(sample_at(250ms)).lost_for_probes());
}

TEST(HostLossLedger, MissesFramesThatTheInterfaceNeverCountedButGivesItTwoSeconds) {
  HostLossLedger ledger(sample_at(0ms));
  std::uint64_t missing = 0;
  for (int i = 1; i <= 20; ++i) {
    PathSample sample = sample_at(i * 250ms);
    sample.accepted = static_cast<std::uint64_t>(i) * 1000;
    const auto counted = static_cast<std::uint64_t>(i - i % 8) * 1000;  // read every two seconds
    sample.kernel.sent = counted;
    missing += ledger.add(sample).lost[static_cast<std::size_t>(Loss::kNeverLeft)];
  }
  EXPECT_EQ(missing, 0u);

  HostLossLedger lossy(sample_at(0ms));
  for (int i = 1; i <= 20; ++i) {
    PathSample sample = sample_at(i * 250ms);
    sample.accepted = static_cast<std::uint64_t>(i) * 1000;
    sample.kernel.sent = static_cast<std::uint64_t>(i) * 700;
    missing += lossy.add(sample).lost[static_cast<std::size_t>(Loss::kNeverLeft)];
  }
  EXPECT_EQ(lossy.total(Loss::kNeverLeft), missing);
  EXPECT_EQ(missing, 0u) << "12,000 were due after 20 slices, and 14,000 had left";
  for (int i = 21; i <= 40; ++i) {
    PathSample sample = sample_at(i * 250ms);
    sample.accepted = static_cast<std::uint64_t>(i) * 1000;
    sample.kernel.sent = static_cast<std::uint64_t>(i) * 700;
    lossy.add(sample);
  }
  EXPECT_EQ(lossy.total(Loss::kNeverLeft), 32'000u - 28'000u);
}

}  // namespace
}  // namespace rollcall::capture
