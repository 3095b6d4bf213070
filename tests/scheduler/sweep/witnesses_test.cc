#include "scheduler/sweep/path/witnesses.h"

#include <gtest/gtest.h>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{100s};

TimePoint in_slice(int slice) {
  return kStart + slice * kSlice + 10ms;
}

// The probes and replies of one slice.
struct Asked {
  int targets = 0;
  int targets_heard = 0;
  int canaries = 0;
  int canaries_heard = 0;
  int routers = 0;
};

Witnesses witnesses_of(const std::vector<Asked>& slices) {
  Witnesses witnesses(kStart);
  for (int i = 0; i < static_cast<int>(slices.size()); ++i) {
    const Asked& slice = slices[static_cast<std::size_t>(i)];
    const TimePoint at = in_slice(i);
    for (int n = 0; n < slice.targets; ++n) witnesses.target_asked(at);
    for (int n = 0; n < slice.targets_heard; ++n) witnesses.target_heard(at);
    for (int n = 0; n < slice.canaries; ++n) witnesses.canary_asked(at);
    for (int n = 0; n < slice.canaries_heard; ++n) witnesses.canary_heard(at);
    for (int n = 0; n < slice.routers; ++n) witnesses.router_heard(at);
  }
  return witnesses;
}

struct Case {
  const char* description;
  std::vector<Asked> slices;
  std::vector<Hearing> expected;
};

TEST(Witnesses, ProveOrDisproveHearingSliceBySlice) {
  using enum Hearing;
  constexpr Asked kAllUp{.targets = 100, .targets_heard = 100};
  constexpr Asked kAllLost{.targets = 100};
  constexpr Asked kHalfDead{.targets = 100, .targets_heard = 50};
  constexpr Asked kCanaryHeard{.canaries = 1, .canaries_heard = 1};
  constexpr Asked kCanaryLost{.canaries = 1};
  const Case cases[] = {
      {"a blackout between two good slices",
       {kAllUp, kAllLost, kAllUp},
       {kProven, kUnreliable, kProven}},
      {"a fleet of which half is dead is heard all the same",
       {kHalfDead, kHalfDead, kHalfDead},
       {kProven, kProven, kProven}},
      {"a quarter of the expected suffices, less does not",
       {kAllUp, {.canaries = 10, .canaries_heard = 3}, {.canaries = 10, .canaries_heard = 2}},
       {kProven, kProven, kUnreliable}},
      {"nobody asked, nothing known",
       {kAllUp, {}, {}, {}, {}, {}, kAllUp},
       {kProven, kProven, kProven, kUnproven, kProven, kProven, kProven}},
      {"few canaries are judged with their neighbours",
       {kCanaryHeard, kCanaryLost, kCanaryHeard},
       {kProven, kProven, kProven}},
      {"a lone canary that stays silent",
       {kCanaryHeard, kCanaryLost, kCanaryLost, kCanaryLost, kCanaryLost},
       {kUnreliable, kUnreliable, kUnreliable, kUnreliable, kUnreliable}},
      {"silent targets alone prove nothing: nobody of them ever answered",
       {kAllLost, kAllLost},
       {kUnproven, kUnproven}},
      {"a router's word holds two seconds around it, and its silence proves nothing",
       {kAllLost,
        {.targets = 100, .routers = 1},
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost,
        kAllLost},
       {kProven, kProven, kProven, kProven, kProven, kProven, kProven, kProven, kProven, kProven,
        kUnproven}},
      {"a router that is heard does not make up for witnesses who are not",
       {kAllUp, {.targets = 100, .routers = 1}},
       {kProven, kUnreliable}},
  };
  for (const Case& c : cases) {
    const Witnesses witnesses = witnesses_of(c.slices);
    for (int i = 0; i < static_cast<int>(c.expected.size()); ++i) {
      EXPECT_EQ(witnesses.hearing(in_slice(i), in_slice(i)),
                c.expected[static_cast<std::size_t>(i)])
          << c.description << ", slice " << i;
    }
  }
}

TEST(Witnesses, TakeTheWorstOfTheSlicesThatATimeTouches) {
  const Witnesses witnesses = witnesses_of({{.targets = 100, .targets_heard = 100},
                                            {.targets = 100},
                                            {.targets = 100, .targets_heard = 100},
                                            {.targets = 100, .targets_heard = 100}});
  EXPECT_EQ(witnesses.hearing(in_slice(0), in_slice(0)), Hearing::kProven);
  EXPECT_EQ(witnesses.hearing(in_slice(0), in_slice(1)), Hearing::kUnreliable);
  EXPECT_EQ(witnesses.hearing(in_slice(0), in_slice(3)), Hearing::kUnreliable);
  EXPECT_EQ(witnesses.hearing(in_slice(2), in_slice(3)), Hearing::kProven);
  EXPECT_EQ(witnesses.hearing(in_slice(2), in_slice(9)), Hearing::kUnproven) << "the future";
  EXPECT_EQ(witnesses.unreliable_slices(), 1u);
  EXPECT_EQ(witnesses.slices(), 4u);
}

TEST(Witnesses, RememberTheEarliestQuestionThatWasEverAnswered) {
  Witnesses witnesses(kStart);
  witnesses.target_asked(in_slice(0));
  EXPECT_FALSE(witnesses.first_heard_at());
  witnesses.router_heard(in_slice(5));
  EXPECT_EQ(witnesses.first_heard_at(), in_slice(5));
  witnesses.target_heard(in_slice(3));
  EXPECT_EQ(witnesses.first_heard_at(), in_slice(3));
  witnesses.canary_heard(in_slice(4));
  EXPECT_EQ(witnesses.first_heard_at(), in_slice(3));
}

TEST(Witnesses, TellProbesFromConnects) {
  Witnesses witnesses(kStart);
  witnesses.connect_heard(kStart + 2s);
  EXPECT_EQ(witnesses.first_heard_at(), kStart + 2s);
  EXPECT_EQ(witnesses.last_heard_at(), kStart + 2s);
  EXPECT_FALSE(witnesses.last_probe_heard_at()) << "the kernel chose the way of that connect";
  witnesses.target_heard(kStart + 1s);
  EXPECT_EQ(witnesses.last_probe_heard_at(), kStart + 1s);
  EXPECT_EQ(witnesses.last_heard_at(), kStart + 2s);
}

TEST(Witnesses, CountWhatWasSaidBeforeTheSweepBeganToItsFirstSlice) {
  Witnesses witnesses(kStart);
  witnesses.router_heard(kStart - 5s);  // the kernel's stamp, and a wall clock that stepped
  EXPECT_EQ(witnesses.slices(), 1u);
  EXPECT_EQ(witnesses.hearing(kStart - 5s, kStart), Hearing::kProven);
}

}  // namespace
}  // namespace rollcall::sweep
