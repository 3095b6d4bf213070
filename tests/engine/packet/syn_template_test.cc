#include "engine/packet/syn_template.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/random.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::packet {
namespace {

std::vector<int> emit(const SynTemplate& syn, const SynFields& fields) {
  std::array<std::byte, kFrameBytesMax> slot{};
  syn.emit(slot, fields);
  std::vector<int> bytes;
  for (std::size_t i = 0; i < syn.frame_bytes(); ++i)
    bytes.push_back(std::to_integer<int>(slot[i]));
  return bytes;
}

const LinkHeader kLink{.peer_mac = {0x02, 0, 0, 0, 0, 0xfe}, .self_mac = {0x02, 0, 0, 0, 0, 0x01}};

// The checksums of both goldens were computed by other code, and tcpdump -v calls them correct.
TEST(SynTemplate, EmitsThisIPv4Frame) {
  const SynTemplate syn(Address::parse("198.19.0.1").value(), kLink);
  const SynFields fields{
      Address::parse("198.18.7.201").value(), {61234}, {443}, {0x01020304}, 0xbeef};
  EXPECT_EQ(emit(syn, fields), (std::vector<int>{
                                   0x02, 0x00, 0x00, 0x00, 0x00, 0xfe,  // to the gateway
                                   0x02, 0x00, 0x00, 0x00, 0x00, 0x01,  // from us
                                   0x08, 0x00,                          // IPv4
                                   0x45, 0x00, 0x00, 0x2c,  // version 4, 5 words, 44 bytes in all
                                   0xbe, 0xef, 0x40, 0x00,  // identification, do not fragment
                                   0x40, 0x06, 0xe7, 0xec,  // TTL 64, TCP, checksum
                                   0xc6, 0x13, 0x00, 0x01,  // 198.19.0.1
                                   0xc6, 0x12, 0x07, 0xc9,  // 198.18.7.201
                                   0xef, 0x32, 0x01, 0xbb,  // port 61234 to 443
                                   0x01, 0x02, 0x03, 0x04,  // seq: the cookie
                                   0x00, 0x00, 0x00, 0x00,  // ack: none
                                   0x60, 0x02, 0xfa, 0xf0,  // 6 words, SYN, window 64240
                                   0x14, 0x52, 0x00, 0x00,  // checksum, no urgent pointer
                                   0x02, 0x04, 0x05, 0xb4,  // option: MSS 1460
                               }));
}

TEST(SynTemplate, EmitsThisIPv6PacketWithoutALinkHeader) {
  const SynTemplate syn(Address::parse("2001:db8::1").value(), std::nullopt);
  const SynFields fields{Address::parse("2001:db8:42::c9").value(), {61000}, {80}, {0xdeadbeef}, 0};
  EXPECT_EQ(
      emit(syn, fields),
      (std::vector<int>{
          0x60, 0x00, 0x00, 0x00, 0x00, 0x18, 0x06, 0x40,  // version 6, 24 bytes, TCP, hop limit 64
          0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
          0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x42, 0x00, 0x00, 0x00, 0x00,
          0x00, 0x00, 0x00, 0x00, 0x00, 0xc9, 0xee, 0x48, 0x00, 0x50,  // port 61000 to 80
          0xde, 0xad, 0xbe, 0xef,                                      // seq: the cookie
          0x00, 0x00, 0x00, 0x00,                                      // ack: none
          0x60, 0x02, 0xfa, 0xf0,                                      // 6 words, SYN, window 64240
          0xb4, 0x95, 0x00, 0x00,  // checksum, no urgent pointer
          0x02, 0x04, 0x05, 0xa0,  // option: MSS 1440
      }));
}

// The receiver's view: summing everything including the checksum gives 0xffff (RFC 1071 section 1).
bool sums_up(std::span<const std::byte> bytes, std::uint32_t pseudo_header) {
  return checksum_finish(pseudo_header + checksum_words(bytes)) == 0;
}

TEST(SynTemplate, ChecksumsByIncrementHoldForRandomFields) {
  Random random(42);
  const SynTemplate syn(Address::from_v4(static_cast<std::uint32_t>(random())), std::nullopt);
  for (int i = 0; i < 10000; ++i) {
    std::array<std::byte, kFrameBytesMax> slot{};
    syn.emit(slot, {Address::from_v4(static_cast<std::uint32_t>(random())),
                    {static_cast<std::uint16_t>(random())},
                    {static_cast<std::uint16_t>(random())},
                    {static_cast<std::uint32_t>(random())},
                    static_cast<std::uint16_t>(random())});
    const std::span<const std::byte> packet = std::span(slot).first(syn.frame_bytes());
    ASSERT_TRUE(sums_up(packet.first(20), 0)) << i;
    const std::uint32_t pseudo = checksum_words(packet.subspan(12, 8)) + 6 + 24;
    ASSERT_TRUE(sums_up(packet.subspan(20), pseudo)) << i;
  }
}

}  // namespace
}  // namespace rollcall::packet
