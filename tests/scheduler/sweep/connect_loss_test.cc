#include "scheduler/sweep/path/connect_loss.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"

namespace rollcall::sweep {
namespace {

using Syn = ConnectLoss::Syn;

void answer(ConnectLoss& loss, Syn syn, int times) {
  for (int i = 0; i < times; ++i) loss.answered(syn);
}

TEST(ConnectLoss, AssumesAFifthWhereFewConnectsTell) {
  ConnectLoss loss;
  EXPECT_EQ(loss.assumed(3), 0.2);
  answer(loss, Syn::kFirst, 29);
  EXPECT_EQ(loss.assumed(3), 0.2);
  answer(loss, Syn::kSecond, 29);
  EXPECT_GT(loss.assumed(3), 0.5);
}

TEST(ConnectLoss, ComesNearerToNothingWithEachConnectThatIsAnsweredAtOnce) {
  ConnectLoss loss;
  answer(loss, Syn::kFirst, 30);
  EXPECT_GT(loss.assumed(2), 0.1);
  answer(loss, Syn::kFirst, 2970);
  EXPECT_NEAR(loss.assumed(2), 0.001, 1e-5);
}

TEST(ConnectLoss, CountsControlsThatFailAsLost) {
  ConnectLoss all_answered;
  ConnectLoss some_failed;
  for (ConnectLoss* each : {&all_answered, &some_failed}) answer(*each, Syn::kFirst, 100);
  for (int i = 0; i < 10; ++i) some_failed.control_failed();
  EXPECT_GT(some_failed.assumed(2), all_answered.assumed(2) + 0.1);
}

TEST(ConnectLoss, TellsAFilterOfFirstSynsFromALossyPath) {
  ConnectLoss filter;
  answer(filter, Syn::kSecond, 100);
  EXPECT_TRUE(filter.is_first_syn_dropped());
  EXPECT_EQ(filter.trials(3), 2);
  EXPECT_LT(filter.assumed(3), 0.05) << "of the SYNs that may pass";
  ConnectLoss path;
  answer(path, Syn::kFirst, 1);
  answer(path, Syn::kSecond, 100);
  EXPECT_FALSE(path.is_first_syn_dropped());
  EXPECT_EQ(path.assumed(2), 1);
}

// A target that answers no SYN is in no sample. Even so the estimated loss is not too small.
TEST(ConnectLoss, IsNeverBelowTheLossThatMadeTheSamples) {
  Random random(5);
  for (const int syns : {2, 3}) {
    for (const double lost : {0.02, 0.1, 0.3, 0.5}) {
      int too_low = 0;
      for (int run = 0; run < 200; ++run) {
        ConnectLoss loss;
        for (int connect = 0; connect < 300; ++connect) {
          for (int syn = 0; syn < syns; ++syn) {
            if (random.below(1000) < 1000 * lost) continue;
            loss.answered(static_cast<Syn>(syn));
            break;
          }
        }
        too_low += loss.assumed(syns) < lost;
      }
      EXPECT_LE(too_low, 10) << lost << " with " << syns << " SYNs: of 200, 5 % at most";
    }
  }
}

}  // namespace
}  // namespace rollcall::sweep
