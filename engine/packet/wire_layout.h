// Defines the offset of each header field, and converts fields from and to network byte order.
//
// Sources: Ethernet II; IPv4 RFC 791 section 3.1; IPv6 RFC 8200 section 3; TCP RFC 9293
// section 3.1; ICMP RFC 792; ICMPv6 RFC 4443 section 3.1; internet checksum RFC 1071.
//
// Threading: pure functions.
// Units:     byte offsets from the header's own start.
// Errors:    callers must have checked the lengths.
// Cost:      a load or a store and a byte swap.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/base/address.h"

namespace rollcall::packet {

template <std::unsigned_integral T>
T load_be(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) {
    value = std::byteswap(value);
  }
  return value;
}

template <std::unsigned_integral T>
void store_be(std::byte* at, T value) {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) {
    value = std::byteswap(value);
  }
  std::memcpy(at, &value, sizeof value);
}

inline Address load_v4(const std::byte* at) {
  return Address::from_v4(load_be<std::uint32_t>(at));
}
inline Address load_v6(const std::byte* at) {
  return Address::from_halves(load_be<std::uint64_t>(at), load_be<std::uint64_t>(at + 8));
}
inline void store_v4(std::byte* at, const Address& address) {
  store_be<std::uint32_t>(at, address.v4());
}
inline void store_v6(std::byte* at, const Address& address) {
  store_be<std::uint64_t>(at, address.high());
  store_be<std::uint64_t>(at + 8, address.low());
}

namespace ethernet {
inline constexpr std::size_t kPeerMac = 0;
inline constexpr std::size_t kSelfMac = 6;
inline constexpr std::size_t kEtherType = 12;
inline constexpr std::size_t kBytes = 14;
inline constexpr std::size_t kVlanTagBytes = 4;
inline constexpr std::uint16_t kTypeV4 = 0x0800;
inline constexpr std::uint16_t kTypeV6 = 0x86dd;
inline constexpr std::uint16_t kTypeVlan = 0x8100;
}  // namespace ethernet

namespace ipv4 {
inline constexpr std::size_t kVersionIhl = 0;
inline constexpr std::size_t kTotalLength = 2;
inline constexpr std::size_t kId = 4;
inline constexpr std::size_t kFlagsFragment = 6;
inline constexpr std::size_t kTtl = 8;
inline constexpr std::size_t kProtocol = 9;
inline constexpr std::size_t kChecksum = 10;
inline constexpr std::size_t kSource = 12;
inline constexpr std::size_t kDestination = 16;
inline constexpr std::size_t kBytesMin = 20;
inline constexpr std::uint16_t kDontFragment = 0x4000;
inline constexpr std::uint16_t kFragmentOffsetMask = 0x1fff;
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
}  // namespace ipv4

namespace ipv6 {
inline constexpr std::size_t kPayloadLength = 4;
inline constexpr std::size_t kNextHeader = 6;
inline constexpr std::size_t kHopLimit = 7;
inline constexpr std::size_t kSource = 8;
inline constexpr std::size_t kDestination = 24;
inline constexpr std::size_t kBytes = 40;
inline constexpr std::uint8_t kNextIcmp = 58;
}  // namespace ipv6

namespace tcp {
inline constexpr std::size_t kSourcePort = 0;
inline constexpr std::size_t kDestinationPort = 2;
inline constexpr std::size_t kSeq = 4;
inline constexpr std::size_t kAck = 8;
inline constexpr std::size_t kDataOffset = 12;
inline constexpr std::size_t kFlags = 13;
inline constexpr std::size_t kWindow = 14;
inline constexpr std::size_t kChecksum = 16;
inline constexpr std::size_t kOptions = 20;
inline constexpr std::size_t kBytesMin = 20;
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kAckFlag = 0x10;
// The part of the original datagram's payload that ICMP must quote (RFC 792): both ports and seq.
inline constexpr std::size_t kQuotedBytesMin = 8;
}  // namespace tcp

namespace icmp {
inline constexpr std::size_t kType = 0;
inline constexpr std::size_t kCode = 1;
inline constexpr std::size_t kQuote = 8;  // after type, code, checksum and 4 unused bytes
inline constexpr std::uint8_t kUnreachableV4 = 3;
inline constexpr std::uint8_t kUnreachableV6 = 1;
// Codes of type 3 (RFC 792, RFC 1812 section 5.2.7.1).
inline constexpr std::uint8_t kProtocolUnreachable = 2;
inline constexpr std::uint8_t kPortUnreachable = 3;
inline constexpr std::uint8_t kNetProhibited = 9;
inline constexpr std::uint8_t kHostProhibited = 10;
inline constexpr std::uint8_t kAdminProhibited = 13;
// Codes of ICMPv6 type 1 (RFC 4443 section 3.1).
inline constexpr std::uint8_t kAdminProhibitedV6 = 1;
inline constexpr std::uint8_t kPortUnreachableV6 = 4;
inline constexpr std::uint8_t kPolicyFailedV6 = 5;
inline constexpr std::uint8_t kRejectRouteV6 = 6;
}  // namespace icmp

// Sum of 16-bit big-endian words, not yet folded; an odd last byte counts as its high half.
inline std::uint32_t checksum_words(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += load_be<std::uint16_t>(&bytes[i]);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(bytes[i]) << 8;
  return sum;
}

// Sum of the 16-bit words of a 32-bit value.
constexpr std::uint32_t checksum_words(std::uint32_t value) {
  return (value >> 16) + (value & 0xffff);
}

// Folds the carries in and complements: the value of a checksum field.
constexpr std::uint16_t checksum_finish(std::uint32_t sum) {
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace rollcall::packet
