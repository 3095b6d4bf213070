// Each row of "An egress without any answer" in docs/when-silence-counts.md.
#include "cli/run/silent_egress.h"

#include <gmock/gmock.h>

#include "tests/fakes/judged_sweep.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using fakes::Host;
using fakes::JudgedSweep;
using verdict::TargetVerdict;

const NextHopHealth kDead{.alive = false, .known = true, .reason = "it does not answer ARP"};
const NextHopHealth kAlive{.alive = true, .known = true};
const NextHopHealth kCannotTell{.reason = "it cannot be asked"};

enum class Asked : std::uint8_t { kOthersAnswer, kOneGroup, kSeveralGroups };

struct Judged {
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
  std::vector<sweep::SilentHop> hops;
};

// Groups of four addresses. The silent egress is the last one; `life` is its next hop's.
Judged judge(JudgedSweep& rig, const NextHopHealth& life, bool next_hop_suffices) {
  rig.start();
  EXPECT_TRUE(rig.run_to_end(60s)) << "the sweep does not end";
  std::vector<NextHopHealth> health(rig.routes.hops().size(), kAlive);
  health.back() = life;
  Judged judged;
  judged.hops = judge_silent_egresses(*rig.sweep, rig.table, rig.routes, next_hop_suffices, health);
  const sweep::SweepResult result = rig.sweep->finish(rig.clock.now());
  judged.missing = result.counts[static_cast<std::size_t>(TargetVerdict::kSilent)];
  judged.unknown = result.counts[static_cast<std::size_t>(TargetVerdict::kUnknown)];
  return judged;
}

Judged judge(Asked asked, const NextHopHealth& life, bool next_hop_suffices) {
  JudgedSweep rig(asked == Asked::kOneGroup ? 4 : 8, {}, 1, 4);
  rig.use_routes(asked == Asked::kOthersAnswer ? 2 : 1);
  const std::size_t silent_from = asked == Asked::kOthersAnswer ? 4 : 0;
  std::fill(rig.network.hosts.begin() + static_cast<std::ptrdiff_t>(silent_from),
            rig.network.hosts.end(), Host::kSilent);
  return judge(rig, life, next_hop_suffices);
}

TEST(SilentEgress, IsJudgedByItsNextHopAndByWhatElseWasAsked) {
  enum { kUnknown, kMissing };
  const struct {
    const char* description;
    const NextHopHealth& life;
    Asked asked;
    bool is_verify;
    int expected;
  } kCases[] = {
      {"dead, others answer", kDead, Asked::kOthersAnswer, false, kUnknown},
      {"dead, one domain", kDead, Asked::kOneGroup, false, kUnknown},
      {"dead, several", kDead, Asked::kSeveralGroups, false, kUnknown},
      {"dead, verify", kDead, Asked::kSeveralGroups, true, kUnknown},
      {"alive, others answer", kAlive, Asked::kOthersAnswer, false, kMissing},
      {"alive, one domain", kAlive, Asked::kOneGroup, false, kMissing},
      {"alive, several", kAlive, Asked::kSeveralGroups, false, kUnknown},
      {"alive, verify", kAlive, Asked::kSeveralGroups, true, kMissing},
      {"cannot tell, others answer", kCannotTell, Asked::kOthersAnswer, false, kMissing},
      {"cannot tell, one domain", kCannotTell, Asked::kOneGroup, false, kMissing},
      {"cannot tell, several", kCannotTell, Asked::kSeveralGroups, false, kUnknown},
      {"cannot tell, verify", kCannotTell, Asked::kSeveralGroups, true, kMissing},
  };
  for (const auto& c : kCases) {
    const Judged judged = judge(c.asked, c.life, c.is_verify);
    const std::uint32_t silent = c.asked == Asked::kSeveralGroups ? 8 : 4;
    EXPECT_EQ(judged.missing, c.expected == kMissing ? silent : 0) << c.description;
    EXPECT_EQ(judged.unknown, c.expected == kUnknown ? silent : 0) << c.description;
    ASSERT_EQ(judged.hops.size(), 1u) << c.description;
    EXPECT_EQ(judged.hops[0].targets, silent) << c.description;
    EXPECT_EQ(judged.hops[0].answers, c.life.known && c.life.alive) << c.description;
  }
}

TEST(SilentEgress, IsNoneWhereAnyTargetAnswers) {
  JudgedSweep rig(8, {}, 1, 4);
  rig.use_routes(1);
  std::fill_n(rig.network.hosts.begin(), 7, Host::kSilent);
  EXPECT_TRUE(judge(rig, kAlive, false).hops.empty());
}

// Groups that the inventory does not name are called after their prefix, and are no server.
TEST(SilentEgress, TakesEachAddressWithoutAGroupForADomainOfItsOwn) {
  for (const bool is_one : {true, false}) {
    JudgedSweep rig(1);
    std::vector<fakes::Row> rows{{"198.18.0.1", 80, "198.18.0.0/24"}};
    if (!is_one) rows.push_back({"198.18.0.2", 80, "198.18.0.0/24"});
    rig.table = fakes::table_of(rows);
    rig.network.hosts.assign(rows.size(), Host::kSilent);
    const Judged judged = judge(rig, kAlive, false);
    EXPECT_EQ(judged.missing, is_one ? 1u : 0u);
    EXPECT_EQ(judged.unknown, is_one ? 0u : 2u);
  }
}

TEST(SilentEgress, IsToldWithWhatItsNextHopDoes) {
  EXPECT_EQ(to_sentence({.name = "the gateway 192.0.2.1 on eth0", .answers = true}),
            "no address answers by way of the gateway 192.0.2.1 on eth0, which itself answers");
  EXPECT_EQ(to_sentence({.name = "the link on eth0"}),
            "no address answers by way of the link on eth0");
}

}  // namespace
}  // namespace rollcall::cli
