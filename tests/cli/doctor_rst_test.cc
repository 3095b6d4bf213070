#include <gmock/gmock.h>

#include "cli/doctor/rst_verdict.h"

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
// A rule on output takes the SYN-ACK, yet lets a RST pass: what a narrow mend leaves.
const LoopEvidence kLoopMute{.bare_leaves = true, .syn_ack_seen = false, .reset = false};

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

TEST(RstVerdict, HasAMendExactlyWhenItFails) {
  for (const RstCase& test : kCases) {
    const Check check = judge_rst(test.evidence);
    EXPECT_EQ(!check.mend.empty(), check.status == Status::kFail) << test.description;
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
