#include "scheduler/sweep/path/canaries.h"

#include <gmock/gmock.h>

#include "tests/fakes/small_table.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;
using capture::ObservationKind;
using inventory::CanaryKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kStart{100s};
constexpr std::uint32_t kFleet = 4;

// A fleet of four, and canaries of these kinds on rows 4, 5, ... behind it.
inventory::TargetTable table_with(const std::vector<CanaryKind>& kinds) {
  fakes::CanaryRows rows;
  for (std::uint32_t i = 0; i < kinds.size(); ++i) rows.push_back(fakes::canary(i, kinds[i]));
  return fakes::consecutive_table(kFleet, 1, rows);
}

// Canaries and the witnesses that they testify to.
struct Rig {
  explicit Rig(const std::vector<CanaryKind>& kinds) : canaries(table_with(kinds)) {}

  void ask(ScanIndex target, TimePoint at) {
    canaries.asked(target, at);
    canaries.sent(target, at, witnesses);
  }
  std::optional<TimePoint> answer(ScanIndex target,
                                  ObservationKind kind = ObservationKind::kSynAck) {
    return canaries.heard(target, kind, TimePoint{}, witnesses);
  }
  Hearing hearing(TimePoint at) const { return witnesses.hearing(at, at); }

  Canaries canaries;
  Witnesses witnesses{kStart};
};

TEST(Canaries, AreAskedInTurnAndNoneTooOften) {
  Rig rig({CanaryKind::kUp, CanaryKind::kClosed, CanaryKind::kUnused});
  std::vector<std::uint32_t> order;
  for (TimePoint now = kStart; now < kStart + 5s; now += 1ms) {
    const auto target = rig.canaries.due(now);
    if (!target) continue;
    rig.ask(*target, now);
    order.push_back(target->value);
  }
  ASSERT_EQ(order.size(), 15u) << "three, once a second each";
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], kFleet + i % 3);
}

TEST(Canaries, OfManyAreAskedFiftyTimesASecondInAll) {
  Rig rig(std::vector<CanaryKind>(kCanariesMax, CanaryKind::kUp));
  int questions = 0;
  for (TimePoint now = kStart; now < kStart + 1s; now += 1ms) {
    const auto target = rig.canaries.due(now);
    if (!target) continue;
    rig.ask(*target, now);
    ++questions;
  }
  EXPECT_EQ(questions, 50);
}

TEST(Canaries, OfNobodyAreNeverDue) {
  const Rig rig({});
  EXPECT_FALSE(rig.canaries.due(kStart));
}

TEST(Canaries, TestifyByWhatTheyWereGivenAs) {
  const struct {
    const char* description;
    CanaryKind kind;
    std::optional<ObservationKind> answer;
    Hearing hearing;
    bool is_lost;
    bool lies;
  } kCases[] = {
      {"up, answers", CanaryKind::kUp, ObservationKind::kSynAck, Hearing::kProven, false, false},
      {"up, service stopped", CanaryKind::kUp, ObservationKind::kRst, Hearing::kProven, false,
       false},
      {"up, silent", CanaryKind::kUp, std::nullopt, Hearing::kUnreliable, true, false},
      {"up, only a hint", CanaryKind::kUp, ObservationKind::kBusy, Hearing::kUnreliable, true,
       false},
      {"up, only ICMP", CanaryKind::kUp, ObservationKind::kUnreachable, Hearing::kUnreliable, true,
       false},
      {"closed, rejects by ICMP", CanaryKind::kClosed, ObservationKind::kRejected, Hearing::kProven,
       false, false},
      {"closed, refuses", CanaryKind::kClosed, ObservationKind::kRst, Hearing::kProven, false,
       false},
      {"closed, listens", CanaryKind::kClosed, ObservationKind::kSynAck, Hearing::kProven, false,
       true},
      {"closed, silent", CanaryKind::kClosed, std::nullopt, Hearing::kUnreliable, true, false},
      {"unused, silent", CanaryKind::kUnused, std::nullopt, Hearing::kUnproven, false, false},
      {"unused, listens", CanaryKind::kUnused, ObservationKind::kSynAck, Hearing::kUnproven, false,
       true},
      {"unused, refuses", CanaryKind::kUnused, ObservationKind::kRst, Hearing::kUnproven, false,
       true},
      {"candidate, silent", CanaryKind::kCandidate, std::nullopt, Hearing::kUnproven, false, false},
  };
  for (const auto& c : kCases) {
    Rig rig({c.kind});
    rig.ask({kFleet}, kStart);
    if (c.answer) rig.answer({kFleet}, *c.answer);
    EXPECT_EQ(rig.hearing(kStart), c.hearing) << c.description;
    EXPECT_EQ(!rig.canaries.lost().empty(), c.is_lost) << c.description;
    EXPECT_EQ(!rig.canaries.lying_canaries().empty(), c.lies) << c.description;
  }
}

TEST(Canaries, CandidatesCountFromTheirFirstAnswerOn) {
  Rig rig({CanaryKind::kCandidate});
  rig.ask({kFleet}, kStart);
  EXPECT_FALSE(rig.answer({kFleet})) << "nobody expected it, so it is no witness yet";
  EXPECT_EQ(rig.canaries.answering(), 1u);
  EXPECT_EQ(rig.hearing(kStart), Hearing::kUnproven);
  rig.ask({kFleet}, kStart + 2s);
  EXPECT_EQ(rig.hearing(kStart + 2s), Hearing::kUnreliable);
  EXPECT_EQ(rig.answer({kFleet}), kStart + 2s);
  EXPECT_EQ(rig.hearing(kStart + 2s), Hearing::kProven);
}

TEST(Canaries, AreTakenOnFromTheFleetFewOfAGroupUntilThereAreEnough) {
  Rig rig({CanaryKind::kUp});
  for (std::uint32_t i = 0; i < 10; ++i) rig.canaries.offer({i}, {7}, {});
  EXPECT_EQ(rig.canaries.answering(), kCanariesOfGroupMax - 1) << "more of one group fail together";
  for (std::uint32_t i = 0; i < 100; ++i) rig.canaries.offer({i + 10}, {i + 8}, {});
  EXPECT_FALSE(rig.canaries.wants_more());
  EXPECT_EQ(rig.canaries.answering(), kCanariesOfHopsMax) << "the given one has not answered yet";
  EXPECT_THAT(rig.canaries.lost(), ElementsAre(ScanIndex{kFleet}));
}

TEST(Canaries, AnAnswerCountsOnceAndForItsOwnQuestion) {
  Rig rig({CanaryKind::kUp});
  rig.ask({kFleet}, kStart);
  EXPECT_EQ(rig.answer({kFleet}), kStart);
  EXPECT_FALSE(rig.answer({kFleet})) << "a duplicate";
  rig.ask({kFleet}, kStart + 2s);
  EXPECT_EQ(rig.hearing(kStart + 2s), Hearing::kUnreliable)
      << "the duplicate did not answer this one";
}

TEST(Canaries, AnAnswerThatOvertakesItsOwnNoticeCountsWithIt) {
  Rig rig({CanaryKind::kUp});
  rig.canaries.asked({kFleet}, kStart);
  EXPECT_FALSE(rig.answer({kFleet})) << "when it left is not known yet";
  EXPECT_FALSE(rig.witnesses.first_heard_at());
  rig.canaries.sent({kFleet}, kStart + 1ms, rig.witnesses);
  EXPECT_EQ(rig.hearing(kStart), Hearing::kProven);
  EXPECT_FALSE(rig.answer({kFleet})) << "a duplicate";
}

TEST(Canaries, AQuestionThatNeverLeftIsNobodysSilence) {
  Rig rig({CanaryKind::kUp});
  rig.canaries.asked({kFleet}, kStart);
  EXPECT_EQ(rig.hearing(kStart), Hearing::kUnproven);
}

TEST(Canaries, HoldStrangersForNobody) {
  Rig rig({CanaryKind::kUp});
  rig.canaries.sent({2}, kStart, rig.witnesses);
  EXPECT_FALSE(rig.answer({2}));
  EXPECT_EQ(rig.canaries.answering(), 0u);
  EXPECT_THAT(rig.canaries.lying_canaries(), IsEmpty());
  EXPECT_EQ(rig.hearing(kStart), Hearing::kUnproven);
}

TEST(Canaries, MeasureNoRoundTripWhereAnotherQuestionWasOpen) {
  Rig rig({CanaryKind::kUp});
  rig.ask({kFleet}, kStart);
  rig.ask({kFleet}, kStart + kCanaryRest);
  EXPECT_FALSE(rig.answer({kFleet})) << "which of the two it answers cannot be told";
  EXPECT_TRUE(rig.witnesses.first_heard_at()) << "but somebody was heard";
}

}  // namespace
}  // namespace rollcall::sweep
