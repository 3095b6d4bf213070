#include "capture/correlator.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "tests/fakes/small_table.h"

namespace rollcall::capture {
namespace {

using packet::FrameView;
using packet::RejectReason;
using packet::ReplyKind;

constexpr Epoch kEpoch{1000};
const Address kSelf = Address::from_v4(0xc6130001);

class CorrelatorTest : public testing::Test {
 protected:
  // The genuine answer to attempt `attempt` at target `index` in `epoch`.
  FrameView answer(ReplyKind kind, std::uint32_t index, Attempt attempt,
                   Epoch epoch = kEpoch) const {
    const inventory::Target& target = table_.at({index});
    const Port port = ports_.self_port(target.port_phase, {epoch, attempt});
    const TcpSeq seq =
        packet::seq_of(key_.cookie({kSelf, target.address, port, target.port}, epoch), {index});
    const bool quotes = packet::is_icmp(kind);
    return {.kind = kind,
            .peer = target.address,
            .self = kSelf,
            .peer_port = target.port,
            .self_port = port,
            .proof = quotes ? seq : seq + 1,
            .icmp_code = 1};
  }
  RejectReason rejection(const FrameView& view) const {
    const auto observation = correlator_.correlate(view, {});
    EXPECT_FALSE(observation);
    return observation ? RejectReason{} : observation.error();
  }

  inventory::TargetTable table_ = fakes::consecutive_table(1000);
  packet::CookieKey key_{SipKey{11, 12}};
  packet::PortSchedule ports_{key_, packet::kDefaultPortBase};
  Correlator correlator_{table_, key_, ports_, kEpoch};
};

TEST_F(CorrelatorTest, AcceptsEveryGenuineAnswerAndNamesItsProbe) {
  struct Case {
    ReplyKind reply;
    ObservationKind expected;
  };
  for (const auto& [reply, expected] :
       {Case{ReplyKind::kSynAck, ObservationKind::kSynAck},
        Case{ReplyKind::kRst, ObservationKind::kRst},
        Case{ReplyKind::kBareAck, ObservationKind::kBusy},
        Case{ReplyKind::kRejected, ObservationKind::kRejected},
        Case{ReplyKind::kUnreachable, ObservationKind::kUnreachable}}) {
    for (std::uint32_t i = 0; i < table_.size(); i += 37) {
      for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
        const auto seen = correlator_.correlate(answer(reply, i, attempt), TimePoint(Duration(5)));
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->kind, expected);
        EXPECT_EQ(seen->target.value, i);
        EXPECT_EQ(seen->attempt, attempt);
        EXPECT_FALSE(seen->previous_epoch);
        EXPECT_EQ(seen->at, TimePoint(Duration(5)));
      }
    }
  }
}

TEST_F(CorrelatorTest, AcceptsARstThatAcknowledgesTheSequenceNumberItself) {
  FrameView rst = answer(ReplyKind::kRst, 3, 0);
  rst.proof = {rst.proof.value - 1};
  EXPECT_TRUE(correlator_.correlate(rst, {}));
  FrameView syn_ack = answer(ReplyKind::kSynAck, 3, 0);
  syn_ack.proof = {syn_ack.proof.value - 1};
  EXPECT_EQ(rejection(syn_ack), RejectReason::kWrongCookie);
}

TEST_F(CorrelatorTest, MarksAnAnswerToThePreviousEpoch) {
  const auto seen = correlator_.correlate(answer(ReplyKind::kSynAck, 7, 1, kEpoch.previous()), {});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->previous_epoch);
}

TEST_F(CorrelatorTest, AcceptsAnswersToCanariesOfLaterEpochsAndToNothingElse) {
  for (std::uint32_t later = 1; later < packet::kCanaryEpochs; later += 6) {
    const Epoch epoch{kEpoch.value + later};
    for (const ReplyKind kind : {ReplyKind::kSynAck, ReplyKind::kRst, ReplyKind::kRejected}) {
      const FrameView genuine = answer(kind, 7, packet::kCanaryAttempt, epoch);
      const auto seen = correlator_.correlate(genuine, {});
      ASSERT_TRUE(seen) << later;
      EXPECT_EQ(seen->target.value, 7u);
      EXPECT_EQ(seen->attempt, packet::kCanaryAttempt);
      EXPECT_FALSE(seen->previous_epoch);
      FrameView forged = genuine;
      forged.proof = forged.proof + 2;
      EXPECT_FALSE(correlator_.correlate(forged, {})) << later;
    }
    EXPECT_FALSE(correlator_.correlate(answer(ReplyKind::kSynAck, 7, 0, epoch), {})) << later;
    EXPECT_FALSE(
        correlator_.correlate(answer(ReplyKind::kBareAck, 7, packet::kCanaryAttempt, epoch), {}));
  }
  const Epoch beyond{kEpoch.value + packet::kCanaryEpochs};
  EXPECT_FALSE(
      correlator_.correlate(answer(ReplyKind::kSynAck, 7, packet::kCanaryAttempt, beyond), {}));
}

TEST_F(CorrelatorTest, RefusesReplaysTwoEpochsOldAndOlder) {
  for (std::uint32_t age = 2; age < 512; ++age) {
    EXPECT_EQ(rejection(answer(ReplyKind::kSynAck, 7, 0, {kEpoch.value - age})),
              RejectReason::kWrongEpoch);
  }
  // Once round the port range the port fits again; the epoch inside the cookie does not.
  EXPECT_EQ(rejection(answer(ReplyKind::kSynAck, 7, 0, {kEpoch.value - 512})),
            RejectReason::kWrongCookie);
}

// The port and the cookie each name an epoch: it has to be the same one.
TEST_F(CorrelatorTest, TakesNoProofOfOneEpochAtThePortOfAnother) {
  const Epoch previous = kEpoch.previous();
  const Epoch older = previous.previous();
  const struct {
    Epoch cookie;
    Epoch port;
    RejectReason reason;
  } kCases[] = {{kEpoch, previous, RejectReason::kWrongCookie},
                {previous, kEpoch, RejectReason::kWrongCookie},
                {kEpoch, older, RejectReason::kWrongEpoch},
                {previous, older, RejectReason::kWrongEpoch}};
  for (const auto& c : kCases) {
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      FrameView forged = answer(ReplyKind::kSynAck, i, 0, c.port);
      const packet::FourTuple tuple{kSelf, forged.peer, forged.self_port, forged.peer_port};
      forged.proof = packet::seq_of(key_.cookie(tuple, c.cookie), {i}) + 1;
      ASSERT_EQ(rejection(forged), c.reason);
    }
  }
}

TEST_F(CorrelatorTest, SaysWhyItRejects) {
  FrameView low = answer(ReplyKind::kSynAck, 1, 0);
  low.self_port = {60999};
  EXPECT_EQ(rejection(low), RejectReason::kNotOurPort);
  FrameView stranger = answer(ReplyKind::kSynAck, 1, 0);
  stranger.peer_port = {81};
  EXPECT_EQ(rejection(stranger), RejectReason::kUnknownTarget);
  FrameView elsewhere = answer(ReplyKind::kSynAck, 1, 0);
  elsewhere.self = kSelf.plus(1);
  EXPECT_EQ(rejection(elsewhere), RejectReason::kWrongCookie);
  FrameView misquoted = answer(ReplyKind::kUnreachable, 1, 0);
  misquoted.proof = misquoted.proof + 1;
  EXPECT_EQ(rejection(misquoted), RejectReason::kWrongCookie);
}

// The scan index in a sequence number is no secret: a target that knows its own index can compute
// the proof for any other index from its own answer.
TEST_F(CorrelatorTest, TakesNobodyForAnotherWhosePlaceItNames) {
  const FrameView genuine = answer(ReplyKind::kSynAck, 7, 0);
  for (std::uint32_t place = 0; place < 1100; ++place) {
    if (place == 7) continue;
    FrameView forged = genuine;
    forged.proof = TcpSeq{(genuine.proof - 1).value ^ 7 ^ place} + 1;
    ASSERT_EQ(rejection(forged), RejectReason::kWrongCookie) << place;
  }
}

TEST_F(CorrelatorTest, AcceptsNoForgeryWithARandomProof) {
  Random random(3);
  for (int i = 0; i < 1000000; ++i) {
    FrameView forged = answer(i % 2 ? ReplyKind::kSynAck : ReplyKind::kRst, random.below(1000), 0);
    const TcpSeq genuine = forged.proof;
    forged.proof = {static_cast<std::uint32_t>(random())};
    if (forged.proof == genuine || forged.proof + 1 == genuine) continue;
    ASSERT_FALSE(correlator_.correlate(forged, {}));
  }
}

}  // namespace
}  // namespace rollcall::capture
