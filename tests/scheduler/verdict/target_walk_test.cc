// Random walks: a scheduler that does what the actions say, on a network that does what it likes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/base/random.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::verdict {
namespace {

using inventory::Expect;

bool is_alive(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

bool is_missing(TargetVerdict verdict) {
  return verdict == TargetVerdict::kSilent || verdict == TargetVerdict::kUnreachable;
}

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : random_(seed) {
    policy_.attempts = static_cast<Attempt>(1 + random_.below(4));
    policy_.recheck_rounds = static_cast<std::uint8_t>(random_.below(4));
    policy_.local_retries = static_cast<std::uint8_t>(random_.below(3));
    expect_ = random_.below(2) == 0 ? Expect::kOpen : Expect::kBound;
    // How talkative the network is: in many walks it says nothing good at all.
    good_per_mille_ = random_.below(3) * 150;
  }

  void run() {
    constexpr int kStepsMax = 500;
    int steps = 0;
    while (!is_idle() && ++steps < kStepsMax && !testing::Test::HasFailure()) step();
    ASSERT_LT(steps, kStepsMax) << "never comes to rest";
    ASSERT_EQ(state_.phase, Phase::kSettled) << "nothing is under way, yet it is not settled";
    ASSERT_EQ(settled_, 1);
    for (int i = 0; i < 4; ++i) deliver_packet();  // stragglers
    ASSERT_EQ(settled_, 1);
    check_end();
  }

  TargetVerdict verdict() const { return verdict_of(state_); }

 private:
  bool is_idle() const { return !ask_pending_ && !connect_pending_ && in_flight_.empty(); }

  void step() {
    switch (random_.below(4)) {
      case 0:
        return begin_pending();
      case 1:
        return end_attempt();
      case 2:
        return end_connect();
      default:
        return deliver_packet();
    }
  }

  void begin_pending() {
    if (!ask_pending_) return;
    ask_pending_ = false;
    if (state_.phase != Phase::kUnasked && state_.phase != Phase::kAsking) return;
    in_flight_.push_back(begin_attempt(state_));
    ASSERT_LE(++asks_, policy_.attempts + kBusyAttempts);
  }

  void end_attempt() {
    if (in_flight_.empty()) return;
    const auto at =
        in_flight_.begin() + random_.below(static_cast<std::uint32_t>(in_flight_.size()));
    const Attempt attempt = *at;
    in_flight_.erase(at);
    feed(random_.below(4) == 0 ? Event::kNotSent : Event::kTimeout, attempt);
  }

  void end_connect() {
    if (!connect_pending_) return;
    connect_pending_ = false;
    if (random_.below(1000) < good_per_mille_) {
      return feed(random_.below(2) == 0 ? Event::kConnected : Event::kConnectRefused, 0);
    }
    const Event failures[] = {Event::kConnectTimeout, Event::kConnectUnreachable,
                              Event::kConnectLocalError};
    const Event event = failures[random_.below(3)];
    failing_connects_ += event != Event::kConnectLocalError && state_.phase == Phase::kRechecking;
    feed(event, 0);
  }

  // Also of attempts that were never begun.
  void deliver_packet() {
    const auto attempt = static_cast<Attempt>(random_.below(kAttemptsMax + 2));
    const bool good = random_.below(1000) < good_per_mille_;
    const Event events[] = {Event::kBusy, Event::kIcmpUnreachable, Event::kSynAck, Event::kRst};
    feed(events[random_.below(2) + (good ? 2 : 0)], attempt);
  }

  void feed(Event event, Attempt attempt) {
    const TargetVerdict before = verdict_of(state_);
    const Action action = fold(state_, event, attempt, expect_, policy_);
    const TargetVerdict after = verdict_of(state_);
    const bool says_open = event == Event::kSynAck || event == Event::kConnected;
    const bool says_closed = event == Event::kRst || event == Event::kConnectRefused;
    const bool possible = event >= Event::kConnected || attempt < kAttemptsMax;

    was_alive_ |= (says_open || says_closed) && possible;
    const bool must_be_open = before == TargetVerdict::kOpen || (says_open && possible);
    ASSERT_TRUE(!must_be_open || after == TargetVerdict::kOpen);
    ASSERT_EQ(is_alive(after), was_alive_) << "alive exactly when something proved it";
    obey(action);
  }

  void obey(Action action) {
    switch (action) {
      case Action::kNone:
        return;
      case Action::kAskNow:
      case Action::kAskLater:
        ASSERT_FALSE(ask_pending_) << "asked twice at once";
        ask_pending_ = true;
        return;
      case Action::kRecheckNow:
      case Action::kRecheckLater:
        ASSERT_FALSE(connect_pending_) << "rechecked twice at once";
        ASSERT_LE(++connects_, static_cast<int>(kConnectRoundsMax));
        connect_pending_ = true;
        return;
      case Action::kSettled:
        ++settled_;
    }
  }

  void check_end() const {
    if (policy_.recheck_rounds > 0 && is_missing(verdict())) {
      EXPECT_GE(failing_connects_, policy_.recheck_rounds);
    }
    EXPECT_TRUE(policy_.recheck_rounds > 0 || connects_ == 0);
  }

  Random random_;
  Policy policy_;
  Expect expect_ = Expect::kOpen;
  std::uint32_t good_per_mille_ = 0;

  TargetProgress state_;
  std::vector<Attempt> in_flight_;  // neither timed out nor reported as not sent
  bool ask_pending_ = true;
  bool connect_pending_ = false;
  bool was_alive_ = false;
  int asks_ = 0;
  int connects_ = 0;
  int failing_connects_ = 0;
  int settled_ = 0;
};

TEST(TargetWalk, PositiveEvidenceIsNeverLostAndMissingIsAlwaysConfirmed) {
  constexpr std::uint64_t kWalks = 20'000;
  std::array<int, kTargetVerdicts> seen{};
  for (std::uint64_t seed = 0; seed < kWalks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Walk walk(seed);
    walk.run();
    if (HasFatalFailure() || HasNonfatalFailure()) return;
    ++seen[static_cast<std::size_t>(walk.verdict())];
  }
  // The walks reach every verdict, so the properties above were put to the test.
  EXPECT_GT(*std::ranges::min_element(seen), 100);
}

}  // namespace
}  // namespace rollcall::verdict
