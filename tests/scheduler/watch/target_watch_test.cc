#include "scheduler/watch/target_watch.h"

#include <gtest/gtest.h>

#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;
using inventory::Expect;
using verdict::Fate;
using enum TargetResult;

constexpr Duration kInterval = 5s;
const TimePoint kStart{1000s};

// Plays observations five seconds apart: g good, C connected, c closed, f failed, u unknown, and
// says the state after each: n new, u up, c closed, s suspect, m missing, - never answered.
class Player {
 public:
  explicit Player(Settings settings = {}) : settings_(settings) {}

  std::string play(std::string_view observations) {
    std::string states;
    for (const char c : observations) {
      last = fold(memory, observation_of(c), now, kInterval, settings_);
      states += "nucsm-"[static_cast<std::size_t>(memory.state)];
      now += kInterval;
    }
    return states;
  }

  TargetMemory memory;
  TimePoint now = kStart;
  StateChange last = StateChange::kNone;

 private:
  static TargetResult observation_of(char c) {
    switch (c) {
      case 'g':
        return kGood;
      case 'C':
        return kConnected;
      case 'c':
        return kClosed;
      case 'f':
        return kFailed;
      default:
        return kUnknown;
    }
  }
  Settings settings_;
};

TEST(TargetWatch, BelievesBadNewsOnlyOverTimeAndGoodNewsOfTheMissingOnlyTwice) {
  const struct {
    const char* description;
    std::string_view observations;
    std::string_view states;
  } cases[] = {
      {"up at the first answer", "g", "u"},
      {"missing when failures span 15 s", "gffff", "usssm"},
      {"not when a good one lies between", "gfffgfff", "usssusss"},
      {"unknown changes nothing", "guuuuu", "uuuuuu"},
      {"unknown confirms nothing, and breaks no span", "gfuuuuf", "usssssm"},
      {"back after two good sweeps in a row", "gffffgg", "usssmmu"},
      {"not after two with a failure between", "gffffgfgfg", "usssmmmmmm"},
      {"back at once by a connect", "gffffC", "usssmu"},
      {"closed when it lasted", "gcccc", "usssc"},
      {"closed for a moment is a suspicion", "gccg", "ussu"},
      {"closed, then silent: silence spans anew", "gcccff", "usssss"},
      {"silent, then closed: it lasted as long", "gfffc", "usssc"},
      {"closed for good, then silent", "gccccffff", "ussscsssm"},
      {"closed for good, silent for a moment, closed", "gccccffc", "ussscssc"},
      {"closed for good, silent, good, good", "gccccfgg", "ussscscu"},
      {"closed opens after two", "gccccgg", "usssccu"},
      {"closed opens at once by a connect", "gccccC", "ussscu"},
      {"closed stays closed when they do not follow each other", "gccccgcg", "ussscccc"},
      {"back by a connect, silent again: the span begins anew", "gffffCffff", "usssmusssm"},
      {"back closed, silent again: likewise", "gffffccffff", "usssmmcsssm"},
      {"missing comes back closed", "gffffcc", "usssmmc"},
      {"never answered, not missing", "ffff", "nnn-"},
      {"never answered stays so", "fffffffff", "nnn------"},
      {"never answered, then up", "ffffgg", "nnn--u"},
      {"never answered by one connect", "ffffC", "nnn-u"},
      {"what answered once is missing later", "ffffggffff", "nnn--usssm"},
      {"closed from the start, when it lasts", "cccc", "nnnc"},
      {"unknown from the start", "uuuu", "nnnn"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Player().play(test.observations), test.states) << test.description;
  }
}

TEST(TargetWatch, IsNeverMissingBeforeTheWholeSpanHasPassed) {
  TargetMemory memory;
  const Settings settings;
  fold(memory, kGood, kStart, kInterval, settings);
  fold(memory, kFailed, kStart + 50ms, kInterval, settings);
  fold(memory, kFailed, kStart + 50ms + 15s - 1ms, kInterval, settings);
  EXPECT_EQ(memory.state, TargetState::kSuspect);
  fold(memory, kFailed, kStart + 50ms + 15s + 100ms, kInterval, settings);
  EXPECT_EQ(memory.state, TargetState::kMissing);
}

TEST(TargetWatch, TakesAPauseForNoEvidence) {
  Player player;
  EXPECT_EQ(player.play("gff"), "uss");
  player.now += 10min;  // stopped, or blind
  EXPECT_EQ(player.play("fff"), "sss") << "the span began again";
  EXPECT_EQ(player.play("f"), "m");
  player.play("g");
  player.now += 10min;
  EXPECT_EQ(player.play("gg"), "mu") << "and good sweeps did not follow each other";
}

TEST(TargetWatch, SaysWhichChangesAreHard) {
  Player player;
  const struct {
    std::string_view observation;
    StateChange action;
  } steps[] = {{"g", StateChange::kHard}, {"g", StateChange::kNone}, {"f", StateChange::kSoft},
               {"f", StateChange::kNone}, {"g", StateChange::kSoft}, {"ffff", StateChange::kHard},
               {"f", StateChange::kNone}, {"g", StateChange::kNone}, {"g", StateChange::kHard}};
  for (const auto& step : steps) {
    player.play(step.observation);
    EXPECT_EQ(player.last, step.action) << step.observation;
  }
}

TEST(TargetWatch, FlapsAfterSoManyHardChangesUntilAWindowIsQuiet) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  Player player(settings);
  player.play("g");
  player.play("ffffgg");
  player.play("ffff");
  EXPECT_FALSE(player.memory.is_flapping) << "three changes";
  player.play("gg");
  EXPECT_TRUE(player.memory.is_flapping);
  calm_down(player.memory, player.now + 4min, settings);
  EXPECT_TRUE(player.memory.is_flapping);
  calm_down(player.memory, player.now + 11min, settings);
  EXPECT_FALSE(player.memory.is_flapping);
}

TEST(TargetWatch, DoesNotFlapByChangesFarApart) {
  const Settings settings{.flap_changes = 4, .flap_window = 10min};
  Player player(settings);
  player.play("g");
  for (int i = 0; i < 20; ++i) {
    player.play(i % 2 == 0 ? "ffff" : "gg");
    EXPECT_FALSE(player.memory.is_flapping) << i;
    player.now += 5min;
  }
}

TEST(TargetWatch, KnowsWhenTheNextSweepMayDecide) {
  Player player;
  player.play("g");
  EXPECT_FALSE(is_undecided(player.memory));
  player.play("f");
  EXPECT_TRUE(is_undecided(player.memory));
  player.play("fff");
  EXPECT_FALSE(is_undecided(player.memory)) << "missing, and that is that";
  player.play("g");
  EXPECT_TRUE(is_undecided(player.memory));
}

TEST(TargetWatch, ReadsASweepForWhatItProves) {
  const verdict::Policy hasty{.recheck_rounds = 0};
  const verdict::Policy once{.recheck_rounds = 1};
  const struct {
    const char* description;
    verdict::TargetProgress state;
    Expect expect;
    TargetResult sound;
    TargetResult unsound;
  } cases[] = {
      {"open", settle_as(Fate::kOpens, Expect::kOpen), Expect::kOpen, kGood, kGood},
      {"refused where bound is enough", settle_as(Fate::kRefuses, Expect::kBound), Expect::kBound,
       kGood, kGood},
      {"refused", settle_as(Fate::kRefuses, Expect::kOpen), Expect::kOpen, kClosed, kUnknown},
      {"silent", settle_as(Fate::kSilent, Expect::kOpen), Expect::kOpen, kFailed, kUnknown},
      {"unreachable", settle_as(Fate::kUnreachable, Expect::kOpen), Expect::kOpen, kFailed,
       kUnknown},
      {"silent, nobody connected", settle_as(Fate::kSilent, Expect::kOpen, hasty), Expect::kOpen,
       kUnknown, kUnknown},
      {"silent, connected to once", settle_as(Fate::kSilent, Expect::kOpen, once), Expect::kOpen,
       kUnknown, kUnknown},
      {"not sent", settle_as(Fate::kNotSent, Expect::kOpen), Expect::kOpen, kUnknown, kUnknown},
      {"interrupted", settle_as(Fate::kInterrupted, Expect::kOpen), Expect::kOpen, kUnknown,
       kUnknown},
      {"never asked", {}, Expect::kOpen, kUnknown, kUnknown},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(observe(test.state, test.expect, true), test.sound) << test.description;
    EXPECT_EQ(observe(test.state, test.expect, false), test.unsound) << test.description;
  }
  verdict::TargetProgress connected;
  verdict::begin_attempt(connected);
  const verdict::Policy one{.attempts = 1};
  verdict::fold(connected, verdict::Event::kTimeout, 0, Expect::kOpen, one);
  verdict::fold(connected, verdict::Event::kConnected, 0, Expect::kOpen, one);
  EXPECT_EQ(observe(connected, Expect::kOpen, true), kConnected);
}

}  // namespace
}  // namespace rollcall::watch
