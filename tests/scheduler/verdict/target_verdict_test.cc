#include "scheduler/verdict/target_verdict.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::verdict {
namespace {

using inventory::Expect;
using testing::ElementsAreArray;

TargetProgress in_phase(Phase phase) {
  TargetProgress state;
  if (phase == Phase::kUnasked) return state;
  begin_attempt(state);
  if (phase == Phase::kAsking) return state;
  fold(state, Event::kTimeout, 0, Expect::kOpen, {});
  fold(state, Event::kTimeout, begin_attempt(state), Expect::kOpen, {});
  fold(state, Event::kTimeout, begin_attempt(state), Expect::kOpen, {});
  if (phase == Phase::kRechecking) return state;
  fold(state, Event::kConnectTimeout, 0, Expect::kOpen, {});
  fold(state, Event::kConnectTimeout, 0, Expect::kOpen, {});
  return state;
}

struct Outcome {
  Phase phase;
  Action action;
  TargetVerdict verdict;
  bool operator==(const Outcome&) const = default;
};

constexpr Outcome kWait0{Phase::kUnasked, Action::kNone, TargetVerdict::kUnknown};
constexpr Outcome kWait1{Phase::kAsking, Action::kNone, TargetVerdict::kUnknown};
constexpr Outcome kWait2{Phase::kRechecking, Action::kNone, TargetVerdict::kUnknown};
constexpr Outcome kStays{Phase::kSettled, Action::kNone, TargetVerdict::kSilent};
constexpr Outcome kNowOpen{Phase::kSettled, Action::kSettled, TargetVerdict::kOpen};
constexpr Outcome kNowClosed{Phase::kSettled, Action::kSettled, TargetVerdict::kClosed};
constexpr Outcome kLateOpen{Phase::kSettled, Action::kNone, TargetVerdict::kOpen};
constexpr Outcome kLateClosed{Phase::kSettled, Action::kNone, TargetVerdict::kClosed};
constexpr Outcome kLateHint{Phase::kSettled, Action::kNone, TargetVerdict::kUnreachable};
constexpr Outcome kDoubted{Phase::kRechecking, Action::kRecheckNow, TargetVerdict::kClosed};
constexpr Outcome kUndecided{Phase::kRechecking, Action::kNone, TargetVerdict::kClosed};
constexpr Outcome kAgain{Phase::kRechecking, Action::kRecheckLater, TargetVerdict::kUnknown};
constexpr Outcome kAskedNow{Phase::kAsking, Action::kAskNow, TargetVerdict::kUnknown};
constexpr Outcome kAskedLater{Phase::kAsking, Action::kAskLater, TargetVerdict::kUnknown};

struct EventCase {
  const char* description;
  Event event;
  Expect expect;
  std::array<Outcome, kPhases> expected;  // unasked, asking, rechecking, settled as silent
};

const EventCase kEveryEvent[] = {
    {"SYN-ACK", Event::kSynAck, Expect::kOpen, {kNowOpen, kNowOpen, kNowOpen, kLateOpen}},
    {"SYN-ACK where bound suffices",
     Event::kSynAck,
     Expect::kBound,
     {kNowOpen, kNowOpen, kNowOpen, kLateOpen}},
    {"RST", Event::kRst, Expect::kOpen, {kDoubted, kDoubted, kUndecided, kLateClosed}},
    {"RST where bound suffices",
     Event::kRst,
     Expect::kBound,
     {kNowClosed, kNowClosed, kNowClosed, kLateClosed}},
    {"bare ACK", Event::kBusy, Expect::kOpen, {kWait0, kAskedNow, kWait2, kStays}},
    {"ICMP", Event::kIcmpUnreachable, Expect::kOpen, {kWait0, kWait1, kWait2, kLateHint}},
    {"timeout", Event::kTimeout, Expect::kOpen, {kWait0, kAskedLater, kWait2, kStays}},
    {"not sent", Event::kNotSent, Expect::kOpen, {kWait0, kAskedLater, kWait2, kStays}},
    {"unheard", Event::kUnheard, Expect::kOpen, {kWait0, kAskedLater, kWait2, kStays}},
    {"connect unheard", Event::kConnectUnheard, Expect::kOpen, {kWait0, kWait1, kAgain, kStays}},
    {"connected", Event::kConnected, Expect::kOpen, {kNowOpen, kNowOpen, kNowOpen, kLateOpen}},
    {"connect refused",
     Event::kConnectRefused,
     Expect::kOpen,
     {kNowClosed, kNowClosed, kNowClosed, kLateClosed}},
    {"connect timed out", Event::kConnectTimeout, Expect::kOpen, {kWait0, kWait1, kAgain, kStays}},
    {"connect unreachable",
     Event::kConnectUnreachable,
     Expect::kOpen,
     {kWait0, kWait1, kAgain, kStays}},
    {"connect met a local error",
     Event::kConnectLocalError,
     Expect::kOpen,
     {kWait0, kWait1, kAgain, kStays}},
};

TEST(TargetVerdict, EveryEventHasOneOutcomeInEveryPhase) {
  for (const EventCase& test : kEveryEvent) {
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      TargetProgress state = in_phase(static_cast<Phase>(phase));
      const Attempt newest = state.attempts == 0 ? 0 : static_cast<Attempt>(state.attempts - 1);
      const Action action = fold(state, test.event, newest, test.expect, {});
      const Outcome outcome{state.phase, action, verdict_of(state)};
      EXPECT_EQ(outcome, test.expected[phase])
          << test.description << " in phase " << phase << ": phase " << int(outcome.phase)
          << ", action " << int(outcome.action) << ", " << to_string(outcome.verdict);
    }
  }
}

struct Step {
  Event event;
  Attempt attempt = 0;
};

struct Ladder {
  const char* description;
  Policy policy;
  Expect expect;
  std::vector<Step> steps;
  std::vector<Action> actions;
  TargetVerdict verdict;
  std::vector<std::string_view> evidence;
};

constexpr Policy kDefault{};
constexpr Policy kNoRecheck{.attempts = 3, .recheck_rounds = 0, .local_retries = 2};
constexpr Policy kOneAttempt{.attempts = 1, .recheck_rounds = 2, .local_retries = 2};
constexpr Policy kOneRound{.attempts = 1, .recheck_rounds = 1, .local_retries = 1};

using enum Action;

const Ladder kLadders[] = {
    {"silence is asked three times and rechecked twice",
     kDefault,
     Expect::kOpen,
     {{Event::kTimeout, 0},
      {Event::kTimeout, 1},
      {Event::kTimeout, 2},
      {Event::kConnectTimeout},
      {Event::kConnectTimeout}},
     {kAskLater, kAskLater, kRecheckNow, kRecheckLater, kSettled},
     TargetVerdict::kSilent,
     {"syn:timeout", "syn:timeout", "syn:timeout", "connect:timeout", "connect:timeout"}},
    {"silence is a verdict of its own when nobody rechecks",
     kNoRecheck,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kTimeout, 1}, {Event::kTimeout, 2}},
     {kAskLater, kAskLater, kSettled},
     TargetVerdict::kSilent,
     {"syn:timeout", "syn:timeout", "syn:timeout"}},
    {"one silent attempt among unsent ones is silence when nobody rechecks",
     kNoRecheck,
     Expect::kOpen,
     {{Event::kNotSent, 0}, {Event::kTimeout, 1}, {Event::kNotSent, 2}},
     {kAskLater, kAskLater, kSettled},
     TargetVerdict::kSilent,
     {"syn:not-sent", "syn:timeout", "syn:not-sent"}},
    {"a sweep that ends early proves no silence, rechecks or not",
     kNoRecheck,
     Expect::kOpen,
     {{Event::kTimeout, 0}},
     {kAskLater},
     TargetVerdict::kUnknown,
     {"syn:timeout"}},
    {"what was never sent is not silence",
     kNoRecheck,
     Expect::kOpen,
     {{Event::kNotSent, 0}, {Event::kNotSent, 1}, {Event::kNotSent, 2}},
     {kAskLater, kAskLater, kSettled},
     TargetVerdict::kUnknown,
     {"syn:not-sent", "syn:not-sent", "syn:not-sent"}},
    {"a recheck settles what was never sent",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kNotSent, 0}, {Event::kConnected}},
     {kRecheckNow, kSettled},
     TargetVerdict::kOpen,
     {"syn:not-sent", "connect:ok"}},
    {"an ICMP message is a hint: the timeout still moves the target on",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kIcmpUnreachable, 0},
      {Event::kTimeout, 0},
      {Event::kConnectTimeout},
      {Event::kConnectTimeout}},
     {kNone, kRecheckNow, kRecheckLater, kSettled},
     TargetVerdict::kUnreachable,
     {"syn:unreachable", "connect:timeout", "connect:timeout"}},
    {"an ICMP message after the timeout still counts as a hint",
     kDefault,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kIcmpUnreachable, 0}},
     {kAskLater, kNone},
     TargetVerdict::kUnknown,
     {"syn:unreachable"}},
    {"a late SYN-ACK of an earlier attempt ends the asking",
     kDefault,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kSynAck, 0}, {Event::kTimeout, 1}},
     {kAskLater, kSettled, kNone},
     TargetVerdict::kOpen,
     {"syn:syn-ack"}},
    {"a late SYN-ACK during the recheck beats the connect that then fails",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kSynAck, 0}, {Event::kConnectTimeout}},
     {kRecheckNow, kSettled, kNone},
     TargetVerdict::kOpen,
     {"syn:syn-ack"}},
    {"a RST where a listener is wanted is checked by a connect, which can find it open",
     kDefault,
     Expect::kOpen,
     {{Event::kRst, 0}, {Event::kConnected}},
     {kRecheckNow, kSettled},
     TargetVerdict::kOpen,
     {"syn:rst", "connect:ok"}},
    {"a RST proves life, even when connects then time out",
     kDefault,
     Expect::kOpen,
     {{Event::kRst, 0}, {Event::kConnectTimeout}, {Event::kConnectTimeout}},
     {kRecheckNow, kRecheckLater, kSettled},
     TargetVerdict::kClosed,
     {"syn:rst", "connect:timeout", "connect:timeout"}},
    {"a rejection by the address itself is all that a bound address has to show",
     kDefault,
     Expect::kBound,
     {{Event::kTimeout, 0}, {Event::kRejected, 1}},
     {kAskLater, kSettled},
     TargetVerdict::kClosed,
     {"syn:timeout", "syn:rejected"}},
    {"a rejection where a listener is wanted is checked by a connect, which can find it open",
     kDefault,
     Expect::kOpen,
     {{Event::kRejected, 0}, {Event::kConnected}},
     {kRecheckNow, kSettled},
     TargetVerdict::kOpen,
     {"syn:rejected", "connect:ok"}},
    {"a rejection proves life, even when connects then time out",
     kDefault,
     Expect::kOpen,
     {{Event::kRejected, 0}, {Event::kConnectTimeout}, {Event::kConnectTimeout}},
     {kRecheckNow, kRecheckLater, kSettled},
     TargetVerdict::kClosed,
     {"syn:rejected", "connect:timeout", "connect:timeout"}},
    {"a rejected connect proves life where every SYN was silent",
     kOneAttempt,
     Expect::kBound,
     {{Event::kTimeout, 0}, {Event::kConnectRejected}},
     {kRecheckNow, kSettled},
     TargetVerdict::kClosed,
     {"syn:timeout", "connect:rejected"}},
    {"a RST is closed at once when nobody rechecks",
     kNoRecheck,
     Expect::kOpen,
     {{Event::kRst, 0}},
     {kSettled},
     TargetVerdict::kClosed,
     {"syn:rst"}},
    {"a busy tuple is asked again from a new port, twice beyond the attempts",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kBusy, 0}, {Event::kBusy, 1}, {Event::kBusy, 2}, {Event::kConnected}},
     {kAskNow, kAskNow, kRecheckNow, kSettled},
     TargetVerdict::kOpen,
     {"syn:busy", "syn:busy", "syn:busy", "connect:ok"}},
    {"a busy tuple's own timeout asks nothing more",
     kDefault,
     Expect::kOpen,
     {{Event::kBusy, 0}, {Event::kTimeout, 0}, {Event::kBusy, 0}},
     {kAskNow, kNone, kNone},
     TargetVerdict::kUnknown,
     {"syn:busy"}},
    {"a bare ACK after the timeout asks nothing twice",
     kDefault,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kBusy, 0}},
     {kAskLater, kNone},
     TargetVerdict::kUnknown,
     {"syn:busy"}},
    {"a bare ACK after ICMP and the timeout asks nothing twice",
     kDefault,
     Expect::kOpen,
     {{Event::kIcmpUnreachable, 0}, {Event::kTimeout, 0}, {Event::kBusy, 0}, {Event::kTimeout, 0}},
     {kNone, kAskLater, kNone, kNone},
     TargetVerdict::kUnknown,
     {"syn:busy"}},
    {"a busy target that nobody rechecks is unknown",
     {.attempts = 1, .recheck_rounds = 0, .local_retries = 0},
     Expect::kOpen,
     {{Event::kBusy, 0}, {Event::kTimeout, 1}},
     {kAskNow, kSettled},
     TargetVerdict::kUnknown,
     {"syn:busy", "syn:timeout"}},
    {"failing connects outrank a bare ACK, which proves nothing",
     kOneRound,
     Expect::kOpen,
     {{Event::kBusy, 0}, {Event::kTimeout, 1}, {Event::kConnectTimeout}},
     {kAskNow, kRecheckNow, kSettled},
     TargetVerdict::kSilent,
     {"syn:busy", "syn:timeout", "connect:timeout"}},
    {"a local error costs a round and is made up for",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kTimeout, 0},
      {Event::kConnectLocalError},
      {Event::kConnectTimeout},
      {Event::kConnectUnreachable}},
     {kRecheckNow, kRecheckLater, kRecheckLater, kSettled},
     TargetVerdict::kUnreachable,
     {"syn:timeout", "connect:local-error", "connect:timeout", "connect:unreachable"}},
    {"too many local errors leave it unknown",
     kOneAttempt,
     Expect::kOpen,
     {{Event::kTimeout, 0},
      {Event::kConnectTimeout},
      {Event::kConnectLocalError},
      {Event::kConnectLocalError},
      {Event::kConnectLocalError}},
     {kRecheckNow, kRecheckLater, kRecheckLater, kRecheckLater, kSettled},
     TargetVerdict::kUnknown,
     {"syn:timeout", "connect:timeout", "connect:local-error", "connect:local-error",
      "connect:local-error"}},
    {"local retries are bounded by the policy, not only by the room for evidence",
     kOneRound,
     Expect::kOpen,
     {{Event::kTimeout, 0}, {Event::kConnectLocalError}, {Event::kConnectLocalError}},
     {kRecheckNow, kRecheckLater, kSettled},
     TargetVerdict::kUnknown,
     {"syn:timeout", "connect:local-error", "connect:local-error"}},
    {"one failing connect suffices when the policy wants one",
     kOneRound,
     Expect::kBound,
     {{Event::kTimeout, 0}, {Event::kConnectTimeout}},
     {kRecheckNow, kSettled},
     TargetVerdict::kSilent,
     {"syn:timeout", "connect:timeout"}},
    {"hints about attempts that were never begun are not believed",
     kDefault,
     Expect::kOpen,
     {{Event::kBusy, 1}, {Event::kIcmpUnreachable, 7}, {Event::kTimeout, 1}, {Event::kSynAck, 99}},
     {kNone, kNone, kNone, kNone},
     TargetVerdict::kUnknown,
     {}},
    {"proof of life is believed whatever attempt it names",
     kDefault,
     Expect::kOpen,
     {{Event::kSynAck, 2}},
     {kSettled},
     TargetVerdict::kOpen,
     {"syn:syn-ack"}},
};

// Begins an attempt that was asked for when the first event about it comes.
std::vector<Action> play(const Ladder& ladder, TargetProgress& state) {
  std::vector<Action> actions;
  begin_attempt(state);
  bool asked = false;
  for (const Step& step : ladder.steps) {
    if (asked && step.attempt == state.attempts && state.phase == Phase::kAsking) {
      begin_attempt(state);
      asked = false;
    }
    actions.push_back(fold(state, step.event, step.attempt, ladder.expect, ladder.policy));
    asked = asked || actions.back() == kAskNow || actions.back() == kAskLater;
  }
  return actions;
}

TEST(TargetVerdict, LaddersEndInTheVerdictThatTheirEvidenceSupports) {
  for (const Ladder& ladder : kLadders) {
    TargetProgress state;
    const std::vector<Action> actions = play(ladder, state);
    const EvidenceTexts texts(state);
    const std::vector<std::string_view> evidence(texts.begin(), texts.end());
    EXPECT_THAT(actions, ElementsAreArray(ladder.actions)) << ladder.description;
    EXPECT_EQ(to_string(verdict_of(state)), to_string(ladder.verdict)) << ladder.description;
    EXPECT_THAT(evidence, ElementsAreArray(ladder.evidence)) << ladder.description;
  }
}

TEST(TargetVerdict, SilenceThatDoesNotCountIsNoEvidence) {
  TargetProgress state;
  begin_attempt(state);
  fold(state, Event::kTimeout, 0, Expect::kOpen,
       {.attempts = 1, .recheck_rounds = 0, .local_retries = 0});
  ASSERT_EQ(verdict_of(state), TargetVerdict::kSilent);
  state.syn_evidence = static_cast<std::uint32_t>(Evidence::kUnheard);
  EXPECT_EQ(verdict_of(state), TargetVerdict::kUnknown);
  EXPECT_EQ(*EvidenceTexts(state).begin(), "syn:unheard");

  TargetProgress rechecked = settle_as(Fate::kSilent, Expect::kOpen);
  rechecked.connect_evidence = static_cast<std::uint16_t>(Evidence::kUnheard);
  EXPECT_EQ(verdict_of(rechecked), TargetVerdict::kUnknown);
}

TEST(TargetVerdict, AnUnheardAttemptIsMadeUpForUntilTheLadderEnds) {
  const Policy policy{};
  for (int unheard = 0; unheard <= 7; ++unheard) {
    TargetProgress state;
    Action action = kAskLater;
    for (int i = 0; action == kAskLater; ++i) {
      const Event silence = i < unheard ? Event::kUnheard : Event::kTimeout;
      action = fold(state, silence, begin_attempt(state), Expect::kOpen, policy);
    }
    EXPECT_EQ(action, kRecheckNow) << unheard;
    EXPECT_EQ(state.attempts, std::min<int>(policy.attempts + unheard, kLadderMax)) << unheard;
  }
}

TEST(TargetVerdict, AskedAnewItClimbsTheWholeLadderAgainAndConnectsTwiceMore) {
  TargetProgress state = in_phase(Phase::kRechecking);
  fold(state, Event::kConnectTimeout, 0, Expect::kOpen, {});
  ASSERT_TRUE(ask_anew(state));
  EXPECT_FALSE(ask_anew(state)) << "it is being asked";
  std::vector<Action> actions;
  for (int i = 0; i < 3; ++i) {
    actions.push_back(fold(state, Event::kTimeout, begin_attempt(state), Expect::kOpen, {}));
  }
  for (int i = 0; i < 2; ++i) {
    actions.push_back(fold(state, Event::kConnectTimeout, 0, Expect::kOpen, {}));
  }
  EXPECT_THAT(actions,
              ElementsAreArray({kAskLater, kAskLater, kRecheckNow, kRecheckLater, kSettled}));
  EXPECT_EQ(verdict_of(state), TargetVerdict::kSilent);
}

TEST(TargetVerdict, IsNotAskedAnewWhereItWasRefusedOrTheLadderIsAtItsEnd) {
  TargetProgress refused = in_phase(Phase::kAsking);
  ASSERT_EQ(fold(refused, Event::kRst, 0, Expect::kOpen, {}), kRecheckNow);
  EXPECT_FALSE(ask_anew(refused));
  TargetProgress at_end;
  const Policy longest{.attempts = kLadderMax};
  while (at_end.phase != Phase::kRechecking) {
    fold(at_end, Event::kTimeout, begin_attempt(at_end), Expect::kOpen, longest);
  }
  EXPECT_FALSE(ask_anew(at_end));
}

TEST(TargetVerdict, ExtremePoliciesStayWithinTheRoomForEvidence) {
  const Policy policy{.attempts = 255, .recheck_rounds = 255, .local_retries = 255};
  for (const Event syn : {Event::kTimeout, Event::kBusy, Event::kNotSent}) {
    TargetProgress state;
    Action action = kAskNow;
    while (action == kAskNow || action == kAskLater) {
      ASSERT_LT(state.attempts, kAttemptsMax);
      action = fold(state, syn, begin_attempt(state), Expect::kOpen, policy);
    }
    EXPECT_EQ(state.attempts, kLadderMax);
    ASSERT_EQ(action, kRecheckNow);
    std::size_t rounds = 0;
    while (action != kSettled) {
      action = fold(state, Event::kConnectTimeout, 0, Expect::kOpen, policy);
      ASSERT_LE(++rounds, kConnectRoundsMax);
    }
    EXPECT_EQ(verdict_of(state), TargetVerdict::kUnknown) << "no number of connects suffices";
  }
}

TEST(TargetVerdict, IsUnknownWhereNoProbeCouldBeSentAndConnectsFail) {
  const Policy policy{.attempts = 3, .recheck_rounds = kConnectRoundsMax};
  for (const Event syn : {Event::kTimeout, Event::kNotSent}) {
    TargetProgress state;
    Action action = kAskNow;
    while (action == kAskNow || action == kAskLater) {
      action = fold(state, syn, begin_attempt(state), Expect::kOpen, policy);
    }
    while (action != kSettled) {
      action = fold(state, Event::kConnectTimeout, 0, Expect::kOpen, policy);
    }
    EXPECT_EQ(verdict_of(state),
              syn == Event::kNotSent ? TargetVerdict::kUnknown : TargetVerdict::kSilent);
  }
}

TEST(TargetVerdict, EndsItsLadderOnlyWhereAnotherSynIsDueAndConnectsFollow) {
  TargetProgress state;
  fold(state, Event::kTimeout, begin_attempt(state), Expect::kOpen, {});
  ASSERT_TRUE(state.next_is_asked_for);
  EXPECT_TRUE(end_ladder(state));
  EXPECT_EQ(state.phase, Phase::kRechecking);
  EXPECT_FALSE(end_ladder(state)) << "it waits for a connect already";

  TargetProgress without_connects;
  fold(without_connects, Event::kTimeout, begin_attempt(without_connects), Expect::kOpen,
       {.recheck_rounds = 0});
  EXPECT_FALSE(end_ladder(without_connects));
}

TEST(TargetVerdict, ARefusalIsAsExpectedOnlyWhereBoundSuffices) {
  EXPECT_TRUE(as_expected(TargetVerdict::kOpen, Expect::kOpen));
  EXPECT_TRUE(as_expected(TargetVerdict::kOpen, Expect::kBound));
  EXPECT_FALSE(as_expected(TargetVerdict::kClosed, Expect::kOpen));
  EXPECT_TRUE(as_expected(TargetVerdict::kClosed, Expect::kBound));
  for (const auto verdict :
       {TargetVerdict::kSilent, TargetVerdict::kUnreachable, TargetVerdict::kUnknown}) {
    EXPECT_FALSE(as_expected(verdict, Expect::kBound)) << to_string(verdict);
  }
}

}  // namespace
}  // namespace rollcall::verdict
