#include "engine/packet/frame_view.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/random.h"

namespace rollcall::packet {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::expected<FrameView, RejectReason> view(const Bytes& bytes,
                                            LinkType link = LinkType::kEthernet) {
  return view_frame(std::as_bytes(std::span(bytes)), link);
}

const Bytes kEthernetV4 = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xfe, 0x08, 0x00};
const Bytes kEthernetV6 = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xfe, 0x86, 0xdd};
const Bytes kVlan = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xfe, 0x81, 0x00, 0x00, 0x2a, 0x08, 0x00};

// 198.18.7.201 -> 198.19.0.1, `payload` bytes of `protocol`.
Bytes ipv4(std::uint8_t protocol, std::uint8_t payload) {
  return {0x45, 0,        0,    static_cast<std::uint8_t>(20 + payload),
          0,    0,        0x40, 0,
          64,   protocol, 0,    0,
          198,  18,       7,    201,
          198,  19,       0,    1};
}

// Port 443 -> 61234, acknowledging 0x01020305.
Bytes tcp(std::uint8_t flags) {
  return {0x01, 0xbb, 0xef, 0x32, 9, 9, 9, 9, 1, 2, 3, 5, 0x50, flags, 0, 0, 0, 0, 0, 0};
}

// Type 3 code 1, quoting our SYN 198.19.0.1:61234 -> 198.18.7.201:443 seq 0x01020304, 8 bytes of
// TCP.
const Bytes kUnreachable = {3,    1,    0,    0,    0, 0, 0,    0,  // ICMP
                            0x45, 0,    0,    44,   0, 0, 0x40, 0,  63, 6,
                            0,    0,    198,  19,   0, 1, 198,  18, 7,  201,  // quoted IPv4
                            0xef, 0x32, 0x01, 0xbb, 1, 2, 3,    4};           // quoted TCP

TEST(FrameView, ReadsEveryKindOfReply) {
  struct Case {
    const char* description;
    std::uint8_t flags;
    ReplyKind expected;
  };
  for (const auto& [description, flags, expected] :
       {Case{"SYN-ACK", 0x12, ReplyKind::kSynAck}, Case{"RST", 0x14, ReplyKind::kRst},
        Case{"bare ACK", 0x10, ReplyKind::kBareAck},
        Case{"SYN-ACK with ECN", 0x52, ReplyKind::kSynAck},
        Case{"ACK with PSH", 0x18, ReplyKind::kBareAck}}) {
    const auto seen = view(kEthernetV4 + ipv4(6, 20) + tcp(flags));
    ASSERT_TRUE(seen) << description;
    EXPECT_EQ(seen->kind, expected) << description;
    EXPECT_EQ(seen->peer.to_string(), "198.18.7.201");
    EXPECT_EQ(seen->self.to_string(), "198.19.0.1");
    EXPECT_EQ(seen->peer_port.value, 443);
    EXPECT_EQ(seen->self_port.value, 61234);
    EXPECT_EQ(seen->proof.value, 0x01020305u);
  }
}

TEST(FrameView, ReadsAnUnreachableThatQuotesOnlyEightBytes) {
  const auto seen = view(kEthernetV4 + ipv4(1, 36) + kUnreachable);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind, ReplyKind::kUnreachable);
  EXPECT_EQ(seen->peer.to_string(), "198.18.7.201");
  EXPECT_EQ(seen->self.to_string(), "198.19.0.1");
  EXPECT_EQ(seen->self_port.value, 61234);
  EXPECT_EQ(seen->proof.value, 0x01020304u);
  EXPECT_EQ(seen->icmp_code, 1);
}

// The quoted SYN asked 198.18.7.201, which also sends the outer header of ipv4().
TEST(FrameView, TakesTheAddressItselfForARejectionAndARouterForAHint) {
  const auto kind_of = [](std::uint8_t code, std::uint8_t last_byte_of_sender) {
    Bytes frame = kEthernetV4 + ipv4(1, 36) + kUnreachable;
    frame[14 + 15] = last_byte_of_sender;
    frame[34 + 1] = code;
    return view(frame)->kind;
  };
  for (const std::uint8_t code : Bytes{2, 3, 9, 10, 13}) {
    EXPECT_EQ(kind_of(code, 201), ReplyKind::kRejected) << int{code};
    EXPECT_EQ(kind_of(code, 1), ReplyKind::kUnreachable) << int{code};
  }
  // A NAT router reports a dead inner host so.
  for (const std::uint8_t code : Bytes{0, 1, 4, 5, 6, 7, 8, 11, 12, 14, 255}) {
    EXPECT_EQ(kind_of(code, 201), ReplyKind::kUnreachable) << int{code};
  }
}

TEST(FrameView, TellsAnIPv6RejectionFromARoutersWord) {
  const auto address = [](std::uint8_t last) {
    return Bytes{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
  };
  const auto kind_of = [&address](std::uint8_t code, std::uint8_t sender) {
    const Bytes quote = Bytes{0x60, 0, 0, 0, 0, 20, 6, 64} + address(1) + address(9) +
                        Bytes{0xef, 0x32, 0x01, 0xbb, 1, 2, 3, 4};
    return view(kEthernetV6 + Bytes{0x60, 0, 0, 0, 0, 56, 58, 64} + address(sender) + address(1) +
                Bytes{1, code, 0, 0, 0, 0, 0, 0} + quote)
        ->kind;
  };
  for (const std::uint8_t code : Bytes{1, 4, 5, 6}) {
    EXPECT_EQ(kind_of(code, 9), ReplyKind::kRejected) << int{code};
    EXPECT_EQ(kind_of(code, 7), ReplyKind::kUnreachable) << int{code};
  }
  for (const std::uint8_t code : Bytes{0, 2, 3, 7}) {
    EXPECT_EQ(kind_of(code, 9), ReplyKind::kUnreachable) << int{code};
  }
}

TEST(FrameView, StepsOverAVlanTagAndReadsRawIp) {
  EXPECT_TRUE(view(kVlan + ipv4(6, 20) + tcp(0x12)));
  EXPECT_TRUE(view(ipv4(6, 20) + tcp(0x12), LinkType::kRawIp));
  EXPECT_TRUE(view(Bytes(16) + ipv4(6, 20) + tcp(0x12), LinkType::kLinuxCooked));
  EXPECT_TRUE(view(Bytes(20) + ipv4(6, 20) + tcp(0x12), LinkType::kLinuxCooked2));
}

TEST(FrameView, ReadsIPv6) {
  Bytes ip = {0x60, 0, 0, 0, 0, 20, 6, 64};
  ip = ip + Bytes{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9} +
       Bytes{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const auto seen = view(kEthernetV6 + ip + tcp(0x12));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->peer.to_string(), "2001:db8::9");
  EXPECT_EQ(seen->self.to_string(), "2001:db8::1");
}

TEST(FrameView, RejectsEveryTruncation) {
  for (const Bytes& whole :
       {kEthernetV4 + ipv4(6, 20) + tcp(0x12), kEthernetV4 + ipv4(1, 36) + kUnreachable}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto seen = view(Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
      ASSERT_FALSE(seen) << length;
      EXPECT_EQ(seen.error(), RejectReason::kTruncated) << length;
    }
  }
}

TEST(FrameView, RejectsEveryTruncationOfACookedFrame) {
  const Bytes whole = Bytes(16) + ipv4(1, 36) + kUnreachable;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<long>(length));
    const auto seen = view(cut, LinkType::kLinuxCooked);
    ASSERT_FALSE(seen) << length;
    EXPECT_EQ(seen.error(), RejectReason::kTruncated) << length;
  }
}

TEST(FrameView, RejectsImpossibleHeaders) {
  struct Case {
    const char* description;
    Bytes frame;
    RejectReason expected;
  };
  const auto changed = [](Bytes frame, std::size_t at, std::uint8_t value) {
    frame.at(at) = value;
    return frame;
  };
  const Bytes good = kEthernetV4 + ipv4(6, 20) + tcp(0x12);
  const Bytes icmp = kEthernetV4 + ipv4(1, 36) + kUnreachable;
  for (const auto& [description, frame, expected] : {
           Case{"ARP", changed(good, 13, 0x06), RejectReason::kNotIp},
           Case{"version 5", changed(good, 14, 0x55), RejectReason::kNotIp},
           Case{"header of 4 words", changed(good, 14, 0x44), RejectReason::kTruncated},
           Case{"header beyond the frame", changed(good, 14, 0x4f), RejectReason::kTruncated},
           Case{"total length below the header", changed(good, 17, 19), RejectReason::kTruncated},
           Case{"total length cuts TCP short", changed(good, 17, 39), RejectReason::kTruncated},
           Case{"second fragment", changed(good, 21, 1), RejectReason::kFragment},
           Case{"UDP", changed(good, 23, 17), RejectReason::kNotTcpOrIcmp},
           Case{"a SYN", changed(good, 47, 0x02), RejectReason::kUninteresting},
           Case{"RST without ACK", changed(good, 47, 0x04), RejectReason::kUninteresting},
           Case{"FIN-ACK", changed(good, 47, 0x11), RejectReason::kUninteresting},
           Case{"everything at once", changed(good, 47, 0x17), RejectReason::kUninteresting},
           Case{"echo reply", changed(icmp, 34, 0), RejectReason::kIcmpOther},
           Case{"quotes UDP", changed(icmp, 51, 17), RejectReason::kIcmpOther},
           Case{"quotes a fragment", changed(icmp, 49, 1), RejectReason::kFragment},
           Case{"quotes nonsense", changed(icmp, 42, 0x05), RejectReason::kNotIp},
       }) {
    const auto seen = view(frame);
    ASSERT_FALSE(seen) << description;
    EXPECT_EQ(seen.error(), expected) << description;
  }
}

TEST(FrameView, SurvivesRandomBytes) {
  Random random(99);
  for (int i = 0; i < 200000; ++i) {
    Bytes frame = kEthernetV4 + ipv4(random() % 2 ? 6 : 1, 36) + kUnreachable;
    for (int flips = static_cast<int>(random.below(6)); flips >= 0; --flips) {
      frame[random.below(static_cast<std::uint32_t>(frame.size()))] =
          static_cast<std::uint8_t>(random());
    }
    frame.resize(random.below(static_cast<std::uint32_t>(frame.size()) + 1));
    (void)view(frame);  // under the sanitizers this is the proof: no read beyond the bytes
  }
}

}  // namespace
}  // namespace rollcall::packet
