// Tests that the correlator accepts 100 million forged answers and 10 million replays no more often
// than chance allows.
//
// Chance per packet, for a forger who sees none of our packets:
//   proof   32 bits. A SYN-ACK fits one number of 2^32, an ICMP quote one, an RST two (it may
//           acknowledge the sequence number or the next).
//   port    a port of the range is live if it belongs to one of 2 epochs x 8 attempts:
//           16 of 4096, 2^-8. A forger who guesses the port too needs both.
// A bare ACK proves nothing, so only the port guards it; it is a hint and never evidence of life.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <iostream>
#include <thread>
#include <vector>

#include "capture/correlator.h"
#include "engine/base/random.h"
#include "tests/fakes/small_table.h"

namespace rollcall::capture {
namespace {

using packet::FrameView;
using packet::RejectReason;
using packet::ReplyKind;

#ifdef ROLLCALL_FEWER_FORGERIES
constexpr std::uint64_t kShare = 100;
#else
constexpr std::uint64_t kShare = 1;
#endif
constexpr std::uint64_t kForgeries = 100'000'000 / kShare;
constexpr std::uint64_t kReplays = 10'000'000 / kShare;
constexpr std::uint64_t kThreads = 2;

constexpr Epoch kEpoch{1000};
// After so many epochs a target's ports come round again (port_schedule.h).
constexpr std::uint32_t kEpochsOfPorts = packet::kPortSpan / kAttemptsMax;
const Address kSelf = Address::from_v4(0xc6130001);

constexpr std::array kProvable{ReplyKind::kSynAck, ReplyKind::kRst, ReplyKind::kRejected,
                               ReplyKind::kUnreachable};
constexpr std::array kEvery{ReplyKind::kSynAck, ReplyKind::kRst, ReplyKind::kRejected,
                            ReplyKind::kUnreachable, ReplyKind::kBareAck};

// Proofs of 2^32 that a packet of this kind may carry.
double right_proofs(ReplyKind kind) {
  return kind == ReplyKind::kRst ? 2 : 1;
}

// The least bound that an honest correlator exceeds in fewer than one run of a billion: Poisson.
std::uint64_t chance_allows(double expected) {
  double term = std::exp(-expected);
  double at_most = term;
  std::uint64_t bound = 0;
  while (1 - at_most > 1e-9) at_most += term *= expected / static_cast<double>(++bound);
  return bound;
}

struct Tally {
  std::uint64_t accepted = 0;
  std::array<std::uint64_t, packet::kRejectReasons> rejected{};

  std::uint64_t of(RejectReason reason) const { return rejected[static_cast<std::size_t>(reason)]; }
  void operator+=(const Tally& other) {
    accepted += other.accepted;
    for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i] += other.rejected[i];
  }
};

class ForgeryTest : public testing::Test {
 protected:
  FrameView answer(ReplyKind kind, ScanIndex index, packet::ProbeId probe) const {
    const inventory::Target& target = table_.at(index);
    const Port port = ports_.self_port(target.port_phase, probe);
    const TcpSeq seq =
        packet::seq_of(key_.cookie({kSelf, target.address, port, target.port}, probe.epoch), index);
    return {.kind = kind,
            .peer = target.address,
            .self = kSelf,
            .peer_port = target.port,
            .self_port = port,
            .proof = packet::is_icmp(kind) ? seq : seq + 1};
  }

  FrameView any_answer(ReplyKind kind, Epoch epoch, Random& random) const {
    const ScanIndex index{random.below(table_.size())};
    return answer(kind, index, {epoch, static_cast<Attempt>(random.below(kAttemptsMax))});
  }

  // `count` frames of make(random), seen by one correlator from several threads at once.
  Tally correlate(std::uint64_t count, const std::function<FrameView(Random&)>& make) const {
    std::array<Tally, kThreads> tallies;
    {
      std::vector<std::jthread> threads;
      for (std::uint64_t number = 0; number < kThreads; ++number) {
        threads.emplace_back([&, number] {
          Random random(seed_ + number);
          Tally tally;  // a thread's own, so that the two share no cache line
          for (std::uint64_t i = 0; i < count / kThreads; ++i) {
            const auto seen = correlator_.correlate(make(random), {});
            seen ? ++tally.accepted : ++tally.rejected[static_cast<std::size_t>(seen.error())];
          }
          tallies[number] = tally;
        });
      }
    }
    Tally total;
    for (const Tally& tally : tallies) total += tally;
    return total;
  }

  const std::uint64_t seed_ = random_seed();
  const testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  inventory::TargetTable table_ = fakes::consecutive_table(1000);
  packet::CookieKey key_{SipKey{seed_, ~seed_}};
  packet::PortSchedule ports_{key_, packet::kDefaultPortBase};
  Correlator correlator_{table_, key_, ports_, kEpoch};
};

TEST_F(ForgeryTest, AHundredMillionRandomProofsAtLivePortsPassNoOftenerThanChance) {
  // The worst forger: right addresses, right ports of both live epochs, only the proof is guessed.
  std::vector<FrameView> known;
  for (std::uint32_t i = 0; i < table_.size(); ++i) {
    for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
      known.push_back(answer(kProvable[known.size() % 3], {i}, {kEpoch, attempt}));
      known.push_back(answer(kProvable[known.size() % 3], {i}, {kEpoch.previous(), attempt}));
    }
  }
  double proofs = 0;
  for (const FrameView& view : known) proofs += right_proofs(view.kind);
  const double expected =
      static_cast<double>(kForgeries) * proofs / static_cast<double>(known.size()) / std::exp2(32);

  const Tally tally = correlate(kForgeries, [&known](Random& random) {
    FrameView forged = known[random.below(static_cast<std::uint32_t>(known.size()))];
    forged.proof = {static_cast<std::uint32_t>(random())};
    return forged;
  });
  std::cout << kForgeries << " forgeries: " << tally.accepted << " accepted, chance expects "
            << expected << " and allows " << chance_allows(expected) << "\n";
  EXPECT_LE(tally.accepted, chance_allows(expected));
  EXPECT_EQ(tally.accepted + tally.of(RejectReason::kWrongCookie), kForgeries)
      << "some forgeries never reached the cookie";
}

TEST_F(ForgeryTest, AGuessedPortIsLiveOnceIn256) {
  constexpr std::uint64_t kCount = 10'000'000 / kShare;
  const Tally tally = correlate(kCount, [this](Random& random) {
    FrameView forged = any_answer(ReplyKind::kSynAck, kEpoch, random);
    const std::uint32_t offset = random.below(packet::kPortSpan);
    forged.self_port = {static_cast<std::uint16_t>(packet::kDefaultPortBase.value + offset)};
    forged.proof = {static_cast<std::uint32_t>(random())};
    return forged;
  });
  const double expected = static_cast<double>(kCount) * 2 * kAttemptsMax / packet::kPortSpan;
  EXPECT_NEAR(static_cast<double>(tally.of(RejectReason::kWrongCookie)), expected,
              6.5 * std::sqrt(expected));  // of 1e10 runs one
  EXPECT_LE(tally.accepted, chance_allows(expected / std::exp2(32)));
}

TEST_F(ForgeryTest, TenMillionGenuineAnswersTwoEpochsLateAreAllRefused) {
  // Made for the epoch two before the current one, as they came over the wire then.
  const Epoch then = kEpoch.previous().previous();
  const Tally tally = correlate(kReplays, [this, then](Random& random) {
    return any_answer(kEvery[random.below(kEvery.size())], then, random);
  });
  EXPECT_EQ(tally.accepted, 0u);
  EXPECT_EQ(tally.of(RejectReason::kWrongEpoch), kReplays);
}

TEST_F(ForgeryTest, WhenThePortsHaveComeRoundAgainTheEpochInTheCookieRefusesEveryReplay) {
  const Epoch then{kEpoch.value - kEpochsOfPorts};
  // 32,000 guesses at most: by chance one run in 100,000 fails.
  for (std::uint32_t i = 0; i < table_.size(); ++i) {
    for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
      for (const ReplyKind kind : kProvable) {
        const auto seen = correlator_.correlate(answer(kind, {i}, {then, attempt}), {});
        ASSERT_FALSE(seen);
        ASSERT_EQ(seen.error(), RejectReason::kWrongCookie);
      }
    }
  }
}

}  // namespace
}  // namespace rollcall::capture
