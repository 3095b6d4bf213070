#include "cli/doctor/rst/segment.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "engine/packet/syn_template.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::doctor {
namespace {

namespace tcp = packet::tcp;

const Segment kV4{.from = *Address::parse("198.18.0.1"),
                  .to = *Address::parse("198.18.0.2"),
                  .from_port = {61000},
                  .to_port = {443},
                  .seq = {0x01020304},
                  .ack = {0xfffefdfc},
                  .flags = tcp::kSyn | tcp::kAckFlag};
const Segment kV6{.from = *Address::parse("2001:db8::1"),
                  .to = *Address::parse("2001:db8::2"),
                  .from_port = {65095},
                  .to_port = {80},
                  .seq = {7},
                  .ack = {0},
                  .flags = tcp::kRst};

TEST(Segment, ReadsBackWhatWasLaidOut) {
  for (const Segment& segment : {kV4, kV6}) {
    const auto bytes = lay_out(segment);
    EXPECT_EQ(view_segment(bytes), segment);
  }
}

TEST(Segment, ReadsTheSynThatASweepSends) {
  std::array<std::byte, packet::kFrameBytesMax> slot{};
  const packet::SynTemplate syn(kV4.from, std::nullopt);
  syn.emit(slot, {.peer = kV4.to, .self_port = {61001}, .peer_port = {80}, .seq = {99}});
  const auto seen = view_segment(std::span(slot).first(syn.frame_bytes()));
  EXPECT_EQ(seen, (Segment{kV4.from, kV4.to, {61001}, {80}, {99}, {0}, tcp::kSyn}));
}

// Summed with its own checksum, a right header gives 0 (RFC 1071).
TEST(Segment, CarriesRightChecksums) {
  const auto v4 = lay_out(kV4);
  EXPECT_EQ(packet::checksum_finish(packet::checksum_words(std::span(v4).first(20))), 0);
  EXPECT_EQ(packet::checksum_finish(packet::checksum_words(std::span(v4).subspan(12)) + 6 + 20), 0);
  const auto v6 = lay_out(kV6);
  EXPECT_EQ(packet::checksum_finish(packet::checksum_words(std::span(v6).subspan(8)) + 6 + 20), 0);
}

// A doctor asks in rounds, and after each resets by itself: some port may be drawn twice.
TEST(Segment, OfAFormerRoundOnTheSamePortsIsNoResetOfThisOne) {
  const Segment probe{kV4.from, kV4.to, {61000}, {443}, {0xffffffff}, {0}, tcp::kSyn};
  Segment reset = probe;
  reset.flags = tcp::kRst;
  reset.seq = {0};  // probe.seq + 1, around
  EXPECT_TRUE(is_reset_after(probe, reset));

  Segment former = reset;
  former.seq = {2200396073};
  EXPECT_FALSE(is_reset_after(probe, former));
  Segment of_another_port = reset;
  of_another_port.from_port = {61001};
  EXPECT_FALSE(is_reset_after(probe, of_another_port));
  Segment backwards = reset;
  std::swap(backwards.from, backwards.to);
  EXPECT_FALSE(is_reset_after(probe, backwards));
  Segment no_reset = reset;
  no_reset.flags = tcp::kAckFlag;
  EXPECT_FALSE(is_reset_after(probe, no_reset));
}

TEST(Segment, RefusesEveryTruncation) {
  for (const Segment& segment : {kV4, kV6}) {
    const auto bytes = lay_out(segment);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // A copy of just that size, so that a sanitizer sees any read beyond it.
      const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
      EXPECT_FALSE(view_segment(cut)) << size;
    }
  }
}

struct Spoilt {
  const char* description;
  std::size_t at;
  std::uint8_t value;
};
constexpr Spoilt kSpoilt[] = {
    {"neither IPv4 nor IPv6", 0, 0x55},
    {"a header length below 20", 0, 0x44},
    {"a header length beyond the frame", 0, 0x4f},
    {"a later fragment", 7, 0x01},
    {"UDP", 9, 17},
};

TEST(Segment, RefusesWhatIsNoTcpHeader) {
  for (const Spoilt& test : kSpoilt) {
    auto bytes = lay_out(kV4);
    bytes[test.at] = std::byte{test.value};
    EXPECT_FALSE(view_segment(bytes)) << test.description;
  }
}

TEST(Segment, SurvivesAnyBytes) {
  constexpr std::uint64_t kSeed = 20240611;
  Random random(kSeed);
  std::uint32_t seen = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> bytes(random.below(96));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (!bytes.empty() && i % 2 == 0) bytes[0] = i % 4 == 0 ? std::byte{0x45} : std::byte{0x60};
    if (view_segment(bytes)) ++seen;
  }
  EXPECT_GT(seen, 0u) << "seed " << kSeed;
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::vector<std::byte> joined(std::vector<std::byte> head, std::span<const std::byte> tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

// An IPv6 header from 2001:db8::a to 2001:db8::f.
std::vector<std::byte> outer_v6(std::uint8_t next_header) {
  std::vector<std::byte> bytes(40);
  bytes[0] = std::byte{0x60};
  bytes[packet::ipv6::kNextHeader] = std::byte{next_header};
  packet::store_v6(&bytes[packet::ipv6::kSource], *Address::parse("2001:db8::a"));
  packet::store_v6(&bytes[packet::ipv6::kDestination], *Address::parse("2001:db8::f"));
  return bytes;
}

// One segment that is left: to `final`.
std::vector<std::byte> segment_routing(std::uint8_t next_header, const Address& final) {
  std::vector<std::byte> bytes(24);
  bytes[0] = std::byte{next_header};
  bytes[1] = std::byte{2};  // (2 + 1) * 8 bytes
  bytes[2] = std::byte{4};
  bytes[3] = std::byte{1};
  packet::store_v6(&bytes[8], final);
  return bytes;
}

TEST(Segment, IsFoundInsideWhatARouteEncapsulates) {
  EXPECT_EQ(view_segment(joined(outer_v6(41), lay_out(kV6))), kV6);
  EXPECT_EQ(view_segment(joined(outer_v6(4), lay_out(kV4))), kV4);
  const auto srv6 = joined(outer_v6(43), segment_routing(41, kV6.to));
  EXPECT_EQ(view_segment(joined(srv6, lay_out(kV6))), kV6);
  auto ipip = lay_out(kV4);
  ipip.resize(20);
  ipip[packet::ipv4::kProtocol] = std::byte{4};
  EXPECT_EQ(view_segment(joined(ipip, lay_out(kV4))), kV4);
}

TEST(Segment, OfAnInlineSegmentRouteGoesToItsFinalDestination) {
  const Address final = *Address::parse("2001:db8::77");
  const auto whole = lay_out(kV6);
  const auto inline_route = joined(outer_v6(43), segment_routing(6, final));
  const auto seen = view_segment(joined(inline_route, std::span(whole).subspan(40)));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->to, final);
  EXPECT_EQ(seen->from_port, kV6.from_port);
}

TEST(Segment, IsFoundBehindMplsLabels) {
  const auto labels = bytes_of({0, 1, 0, 64, 0, 2, 1, 64});
  const auto packet = joined(labels, lay_out(kV4));
  EXPECT_EQ(view_segment(past_mpls_labels(packet)), kV4);
  EXPECT_TRUE(past_mpls_labels(bytes_of({0, 1, 0, 64})).empty());
}

TEST(Segment, IsNotFoundInAnythingCutShort) {
  const auto whole = joined(joined(outer_v6(43), segment_routing(41, kV6.to)), lay_out(kV6));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(view_segment(std::span(whole).first(bytes))) << bytes;
  }
  // Headers without end.
  std::vector<std::byte> nested;
  for (int i = 0; i < 20; ++i) nested = joined(nested, outer_v6(41));
  EXPECT_FALSE(view_segment(joined(nested, lay_out(kV6))));
}

}  // namespace
}  // namespace rollcall::doctor
