// Builds SYN frames from a template for one next hop and family: a copy with five fields patched.
//
//   [Ethernet 14] IPv4 20 / IPv6 40  TCP 24 = header + MSS option (RFC 9293 section 3.2)
//
// Some firewalls drop SYNs without any option. The MSS option alone keeps IPv4 within a minimum
// Ethernet frame. TTL 64 and DF are set as on an ordinary Linux host.
//
// Threading: immutable after construction.
// Ownership: emit() writes into the caller's slot and keeps no reference.
// Units:     bytes; checksums are complete in the frame (no offload).
// Cost:      a copy of 44 to 78 bytes and two checksums by increment: the sums of all constant
//            words are kept, only the patched words are added (following RFC 1624).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/address.h"
#include "engine/base/units.h"

namespace rollcall::packet {

// 14 + 40 + 24 = 78 at most; a slot is two cache lines.
inline constexpr std::size_t kFrameBytesMax = 128;

struct LinkHeader {
  std::array<std::uint8_t, 6> peer_mac{};
  std::array<std::uint8_t, 6> self_mac{};
};

struct SynFields {
  Address peer;
  Port self_port;
  Port peer_port;
  TcpSeq seq;
  std::uint16_t ip_id = 0;  // random: some filters drop a constant one as a scanner's fingerprint
};

class SynTemplate {
 public:
  // `self` decides the family. Without a link header the frame begins at the IP header.
  SynTemplate(const Address& self, const std::optional<LinkHeader>& link);

  std::size_t frame_bytes() const { return bytes_; }

  // Writes one finished frame. Requires: slot.size() >= frame_bytes(); fields.peer of self's
  // family.
  void emit(std::span<std::byte> slot, const SynFields& fields) const;

 private:
  void lay_out_link(const LinkHeader& link);
  void lay_out_v4(const Address& self);
  void lay_out_v6(const Address& self);
  void lay_out_tcp(std::size_t mss);

  std::array<std::byte, kFrameBytesMax> frame_{};
  std::size_t ip_ = 0;   // offset of the IP header
  std::size_t tcp_ = 0;  // offset of the TCP header
  std::size_t bytes_ = 0;
  bool v4_ = true;
  std::uint32_t ip_sum_ = 0;   // of the IPv4 header's constant words
  std::uint32_t tcp_sum_ = 0;  // of pseudo-header and TCP header, constant words
};

}  // namespace rollcall::packet
