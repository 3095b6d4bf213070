#include <gmock/gmock.h>

#include "cli/doctor/rst/rst_verdict.h"

namespace rollcall::doctor {
namespace {

using testing::HasSubstr;

constexpr bool kPacket = true;
constexpr bool kRaw = false;

WireEvidence wire(bool packet_socket, std::uint32_t answered, bool reset,
                  std::optional<bool> bare_leaves) {
  return {.interface = "eth0",
          .packet_socket = packet_socket,
          .asked = 8,
          .answered = answered,
          .reset = reset,
          .bare_leaves = bare_leaves};
}

const LoopEvidence kLoopFine{.bare_leaves = true, .syn_ack_seen = true, .reset = true};
const LoopEvidence kLoopIn{.bare_leaves = true, .syn_ack_seen = true, .reset = false};
const LoopEvidence kLoopOut{.bare_leaves = false, .syn_ack_seen = false, .reset = false};
// An output rule drops the SYN-ACK but lets a RST pass. A fix that is too narrow leaves this.
const LoopEvidence kLoopMute{.bare_leaves = true, .syn_ack_seen = false, .reset = false};

const LoopEvidence kLoopDown{.lo_up = false};

// Answers and no RST, with what was looked up about it.
WireEvidence explained(const std::string& reset_route, int rp_filter) {
  WireEvidence egress = wire(kPacket, 3, false, true);
  egress.answer_interface = "eth0";
  egress.target = "198.18.0.9";
  egress.self = "192.0.2.2";
  egress.reset_route = reset_route;
  egress.rp_filter = rp_filter;
  egress.reverse_path_dropped = rp_filter != 0;
  return egress;
}

struct RstCase {
  const char* description;
  RstEvidence evidence;
  RstVerdict expected;
  Status status;
};

const RstCase kCases[] = {
    {"no targets, loopback is fine", {{}, {kLoopFine}}, RstVerdict::kLeaves, Status::kOk},
    {"no targets, dropped on output", {{}, {kLoopOut}}, RstVerdict::kDroppedOut, Status::kFail},
    {"no targets, dropped on input", {{}, {kLoopIn}}, RstVerdict::kDroppedIn, Status::kFail},
    {"no targets, loopback says nothing", {{}, {kLoopMute}}, RstVerdict::kUnproven, Status::kWarn},
    {"dropped in the other family alone",
     {{}, {kLoopFine, kLoopIn}},
     RstVerdict::kDroppedIn,
     Status::kFail},
    {"nothing at all", {}, RstVerdict::kUnproven, Status::kWarn},
    {"seen on the wire", {{wire(kPacket, 1, true, {})}, {}}, RstVerdict::kLeaves, Status::kOk},
    {"seen on the wire, so loopback's own rules do not matter",
     {{wire(kPacket, 1, true, {})}, {kLoopOut}},
     RstVerdict::kLeaves,
     Status::kOk},
    {"answers and no RST, though one may leave",
     {{wire(kPacket, 3, false, true)}, {kLoopFine}},
     RstVerdict::kDroppedIn,
     Status::kFail},
    {"answers and no RST, and none may leave",
     {{wire(kPacket, 3, false, false)}, {kLoopFine}},
     RstVerdict::kDroppedOut,
     Status::kFail},
    {"no answers, but no RST may leave",
     {{wire(kPacket, 0, false, false)}, {kLoopFine}},
     RstVerdict::kDroppedOut,
     Status::kFail},
    {"no answers, and a RST may leave",
     {{wire(kPacket, 0, false, true)}, {kLoopFine}},
     RstVerdict::kLoopOnly,
     Status::kWarn},
    {"no answers, and input is blocked on loopback as well",
     {{wire(kPacket, 0, false, true)}, {kLoopIn}},
     RstVerdict::kDroppedIn,
     Status::kFail},
    {"raw IP, no answers: an untracked RST says nothing, nor does loopback",
     {{wire(kRaw, 0, false, false)}, {kLoopOut}},
     RstVerdict::kUnproven,
     Status::kWarn},
    {"raw IP, answers and no RST",
     {{wire(kRaw, 2, false, true)}, {}},
     RstVerdict::kDroppedIn,
     Status::kFail},
    {"no targets, lo is down", {{}, {kLoopDown}}, RstVerdict::kUnproven, Status::kWarn},
    {"no answers, and lo is down",
     {{wire(kPacket, 0, false, true)}, {kLoopDown}},
     RstVerdict::kUnproven,
     Status::kWarn},
    {"answers, and reverse path filtering dropped them",
     {{explained("eth1", 1)}, {}},
     RstVerdict::kReversePath,
     Status::kFail},
    {"answers, and the RST is routed elsewhere",
     {{explained("eth1", 0)}, {}},
     RstVerdict::kMisrouted,
     Status::kFail},
    {"answers, and no route for the RST",
     {{explained("", 0)}, {}},
     RstVerdict::kMisrouted,
     Status::kFail},
    {"answers, the route is right, and yet no RST",
     {{explained("eth0", 0)}, {}},
     RstVerdict::kDroppedIn,
     Status::kFail},
    {"one way of two is blocked",
     {{wire(kPacket, 1, true, {}), wire(kPacket, 2, false, false)}, {}},
     RstVerdict::kDroppedOut,
     Status::kFail},
    {"one way of two is silent",
     {{wire(kPacket, 1, true, {}), wire(kPacket, 0, false, true)}, {kLoopFine}},
     RstVerdict::kLoopOnly,
     Status::kWarn},
};

TEST(RstVerdict, FollowsFromWhatWasSeen) {
  for (const RstCase& test : kCases) {
    EXPECT_EQ(verdict_of(test.evidence), test.expected) << test.description;
    EXPECT_EQ(judge_rst(test.evidence).status, test.status) << test.description;
  }
}

TEST(RstVerdict, RefusesOnlyWhereTargetsAnsweredAndNoResetLeft) {
  EXPECT_FALSE(refuses({}));
  EXPECT_FALSE(refuses({{}, {kLoopOut}}));
  EXPECT_FALSE(refuses({{wire(kPacket, 0, false, false)}, {kLoopOut}}));
  EXPECT_FALSE(refuses({{wire(kPacket, 2, true, {})}, {kLoopIn}}));
  EXPECT_TRUE(refuses({{wire(kPacket, 1, false, true)}, {}}));
  EXPECT_TRUE(refuses({{wire(kRaw, 1, false, true)}, {}}));
  EXPECT_TRUE(refuses({{explained("eth1", 1)}, {}}));
}

TEST(RstVerdict, GoesOnRefusingWhileABareResetDoesNotLeave) {
  WireEvidence again = wire(kPacket, 0, false, false);
  again.refused_before = true;
  EXPECT_TRUE(refuses({{again}, {}}));
  again.bare_leaves = true;  // it leaves again, and the target is silent
  EXPECT_FALSE(refuses({{again}, {}}));
}

TEST(RstVerdict, NamesTheSettingOfReversePathFiltering) {
  const Check strict = judge_rst({{explained("eth1", 1)}, {}});
  EXPECT_THAT(strict.text, HasSubstr("rp_filter"));
  EXPECT_EQ(strict.fix, "sysctl -w net/ipv4/conf/eth0/rp_filter=2");
  const Check loose = judge_rst({{explained("eth1", 2)}, {}});
  EXPECT_EQ(loose.fix, "sysctl -w net/ipv4/conf/all/rp_filter=0 net/ipv4/conf/eth0/rp_filter=0");
}

TEST(RstVerdict, NamesAFullNeighbourTableBeforeAnyFirewall) {
  WireEvidence egress = wire(kPacket, 1, false, false);
  egress.neighbours_full = true;
  EXPECT_EQ(verdict_of(egress), RstVerdict::kNoNeighbour);
  EXPECT_TRUE(refuses({{egress}, {}}));
  const Check check = judge_rst({{egress}, {}});
  EXPECT_THAT(check.text, HasSubstr("neighbour table is full"));
  EXPECT_EQ(check.fix, "sysctl -w net.ipv4.neigh.default.gc_thresh3=65536");
}

TEST(RstVerdict, NamesTheInterfaceToWhichTheResetIsRouted) {
  const Check check = judge_rst({{explained("eth1", 0)}, {}});
  EXPECT_THAT(check.text, HasSubstr("routes lead it to eth1 and not to eth0"));
  EXPECT_EQ(check.fix, "ip route get 198.18.0.9 from 192.0.2.2");
  WireEvidence elsewhere = wire(kPacket, 1, true, {});
  elsewhere.reset_interface = "eth1";
  EXPECT_THAT(judge_rst({{elsewhere}, {}}).text, HasSubstr("by way of eth1"));
}

TEST(RstVerdict, BlamesNoFirewallWhereLoIsDown) {
  const Check check = judge_rst({{}, {kLoopDown}});
  EXPECT_THAT(check.text, testing::Not(HasSubstr("firewall")));
  EXPECT_EQ(check.fix, "ip link set lo up");
}

TEST(RstVerdict, HasAMendWhenItFailsAndNoneWhenAllIsWell) {
  for (const RstCase& test : kCases) {
    const Check check = judge_rst(test.evidence);
    if (check.status == Status::kFail) {
      EXPECT_NE(check.fix, "") << test.description;
    }
    if (check.status == Status::kOk) {
      EXPECT_EQ(check.fix, "") << test.description;
    }
    EXPECT_EQ(check.text.find('\n'), std::string::npos) << test.description;
  }
}

TEST(RstVerdict, NamesTheInterfaceThatIsBlockedAndNotAnother) {
  WireEvidence blocked = wire(kPacket, 2, false, false);
  blocked.interface = "eth7";
  const Check check = judge_rst({{wire(kPacket, 1, true, {}), blocked}, {}});
  EXPECT_THAT(check.text, HasSubstr("out of eth7"));
}

TEST(RstVerdict, SaysThatTheFamiliesDiffer) {
  WireEvidence six = wire(kPacket, 1, true, {});
  six.v4 = false;
  const Check check = judge_rst({{wire(kPacket, 1, true, {}), six}, {}});
  EXPECT_THAT(check.text, HasSubstr("eth0 (IPv4), eth0 (IPv6)"));
}

}  // namespace
}  // namespace rollcall::doctor
