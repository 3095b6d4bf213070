#include "scheduler/sweep/path/path_monitor.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_table.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{100s};
constexpr Duration kPatience = 100ms;

// Slices of 250 ms, in each of which ten targets were asked.
class Watched {
 public:
  struct Slice {
    bool heard = true;
    bool lost_for_probes = false;
    bool lost_for_connects = false;
    Duration capture_lag = 2ms;
  };

  void add(const Slice& slice) {
    const TimePoint from = end();
    for (int i = 0; i < 10; ++i) {
      path.witnesses().target_asked(from);
      if (slice.heard) path.witnesses().target_heard(from);
    }
    ++slices_;
    path.add({.from = from,
              .to = end(),
              .heard_until = end() - slice.capture_lag,
              .lost_for_probes = slice.lost_for_probes,
              .lost_for_connects = slice.lost_for_connects},
             kPatience);
  }
  void add(int count, const Slice& slice) {
    for (int i = 0; i < count; ++i) add(slice);
  }
  TimePoint end() const { return kStart + slices_ * kSlice; }
  Soundness judge(Duration from, Duration to, ProbeKind question) const {
    return path.judge(kStart + from, kStart + to, question);
  }

  PathMonitor path{fakes::consecutive_table(10), kStart};

 private:
  int slices_ = 0;
};

TEST(PathMonitor, KnowsNothingBeforeTheAnswersHadTimeToCome) {
  Watched watched;
  EXPECT_EQ(watched.judge(0ms, 1ms, ProbeKind::kProbe), Soundness::kNotYet);
  watched.add(4, {});  // until 1 s
  EXPECT_EQ(watched.judge(0ms, 850ms, ProbeKind::kProbe), Soundness::kSound);
  EXPECT_EQ(watched.judge(0ms, 898ms, ProbeKind::kProbe), Soundness::kSound);
  EXPECT_EQ(watched.judge(0ms, 899ms, ProbeKind::kProbe), Soundness::kNotYet)
      << "the capture has handed on what came before 998 ms, and an answer may take 100";
}

TEST(PathMonitor, KnowsNothingOfWhatTheCaptureHasNotHandedOn) {
  Watched watched;
  watched.add(2, {});
  watched.add(2, {.capture_lag = 600ms});
  EXPECT_EQ(watched.judge(0ms, 500ms, ProbeKind::kConnect), Soundness::kNotYet);
}

TEST(PathMonitor, TellsOurOwnLossesForProbesFromThoseForConnects) {
  Watched watched;
  watched.add(2, {});
  watched.add({.lost_for_probes = true});  // 500 to 750 ms
  watched.add(2, {});
  watched.add({.lost_for_probes = true, .lost_for_connects = true});  // 1250 to 1500 ms
  watched.add(4, {});
  const struct {
    const char* description;
    Duration from, to;
    Soundness probe, connect;
  } kCases[] = {
      {"before", 0ms, 400ms, Soundness::kSound, Soundness::kSound},
      {"up to the loss", 0ms, 500ms, Soundness::kUnreliable, Soundness::kSound},
      {"over it", 400ms, 800ms, Soundness::kUnreliable, Soundness::kSound},
      {"within", 600ms, 700ms, Soundness::kUnreliable, Soundness::kSound},
      {"from its end", 750ms, 900ms, Soundness::kUnreliable, Soundness::kSound},
      {"after", 751ms, 1200ms, Soundness::kSound, Soundness::kSound},
      {"over both", 400ms, 1600ms, Soundness::kUnreliable, Soundness::kUnreliable},
      {"after both", 1600ms, 2000ms, Soundness::kSound, Soundness::kSound},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(watched.judge(c.from, c.to, ProbeKind::kProbe), c.probe) << c.description;
    EXPECT_EQ(watched.judge(c.from, c.to, ProbeKind::kConnect), c.connect) << c.description;
  }
  EXPECT_EQ(watched.path.unsound_slices(), 2u);
}

TEST(PathMonitor, IsDeafToProbesAloneWhereTheWitnessesAreMissing) {
  Watched watched;
  watched.add(4, {});
  watched.add(4, {.heard = false});  // 1 to 2 s
  watched.add(4, {});
  EXPECT_EQ(watched.judge(0ms, 900ms, ProbeKind::kProbe), Soundness::kSound);
  EXPECT_EQ(watched.judge(900ms, 1100ms, ProbeKind::kProbe), Soundness::kUnreliable);
  EXPECT_EQ(watched.judge(1200ms, 1300ms, ProbeKind::kProbe), Soundness::kUnreliable);
  EXPECT_EQ(watched.judge(2100ms, 2700ms, ProbeKind::kProbe), Soundness::kSound);
  EXPECT_EQ(watched.judge(1200ms, 1300ms, ProbeKind::kConnect), Soundness::kSound)
      << "its control tells";
}

TEST(PathMonitor, IsDeafToWhatWasAskedBeforeAnybodyWasHeard) {
  Watched watched;
  watched.add(4, {.heard = false});
  EXPECT_EQ(watched.judge(100ms, 500ms, ProbeKind::kProbe), Soundness::kSound)
      << "no witness was there to tell";
  watched.add(4, {});
  EXPECT_EQ(watched.judge(999ms, 1700ms, ProbeKind::kProbe), Soundness::kUnreliable);
  EXPECT_EQ(watched.judge(1s, 1700ms, ProbeKind::kProbe), Soundness::kSound);
}

TEST(PathMonitor, IsTroubledFromTheFirstMissingWitnessesUntilTheyAreBack) {
  Watched watched;
  watched.add(6, {});
  EXPECT_FALSE(watched.path.is_degraded());
  watched.add(8, {.heard = false});
  EXPECT_TRUE(watched.path.is_degraded());
  EXPECT_TRUE(watched.path.is_blackout());
  watched.add(4, {});
  EXPECT_FALSE(watched.path.is_degraded());
  EXPECT_FALSE(watched.path.is_blackout());
}

TEST(PathMonitor, IsTroubledButNotBlindWhereTheKernelLosesSomething) {
  Watched watched;
  watched.add(6, {});
  watched.add({.lost_for_probes = true, .lost_for_connects = true});
  EXPECT_TRUE(watched.path.is_degraded());
  EXPECT_FALSE(watched.path.is_blackout());
  watched.add({.lost_for_probes = true});
  EXPECT_FALSE(watched.path.is_degraded()) << "a full capture ring does not concern connects";
}

TEST(PathMonitor, IsTroubledWhileTheCaptureStandsStill) {
  Watched watched;
  watched.add(6, {});
  watched.add({.capture_lag = 2s});
  EXPECT_TRUE(watched.path.is_degraded()) << "nothing asked now would ever be judged";
  watched.add(2, {});
  EXPECT_FALSE(watched.path.is_degraded());
}

}  // namespace
}  // namespace rollcall::sweep
