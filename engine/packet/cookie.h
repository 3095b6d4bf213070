// Computes the cookie, a keyed hash that proves a reply answers a probe of this process.
//
// The cookie is the low 32 bits of SipHash-2-4, under a random 128-bit key of this process, over
// both addresses, both ports and the epoch. A probe's sequence number is seq = cookie ^ ScanIndex.
// From a reply's 4-tuple we compute the cookie, and from its acknowledgement number the ScanIndex.
// The address and port of that target then confirm or refute it. So a reply proves itself without a
// table of sent probes, and needs no look-up to find its target (ADR 23).
//
// A blind forgery must also hit a source port that is in use for its target. These are 16 of 4096
// ports (2 epochs x 8 attempts, see port_schedule.h). So a forged packet passes with probability
// about 2^-40, and a RST with 2^-39, because two numbers are valid. An attacker on the path can
// always forge.
//
// Threading: immutable; shared freely.
// Ownership: holds the key, which is never logged.
// Units:     host byte order.
// Cost:      about 8 ns for IPv4, 16 ns for IPv6.
#pragma once

#include <cstdint>

#include "engine/base/address.h"
#include "engine/base/siphash.h"
#include "engine/base/units.h"

namespace rollcall::packet {

// The 4-tuple of one probe, seen from this host.
struct FourTuple {
  Address self;
  Address peer;
  Port self_port;
  Port peer_port;
};

// The sequence number of a probe, and its inverse.
constexpr TcpSeq seq_of(TcpSeq cookie, ScanIndex place) {
  return {cookie.value ^ place.value};
}
constexpr ScanIndex place_in(TcpSeq seq, TcpSeq cookie) {
  return {seq.value ^ cookie.value};
}

class CookieKey {
 public:
  // For tests; all other code uses random().
  explicit constexpr CookieKey(SipKey key) : key_(key) {}
  static CookieKey random();

  constexpr TcpSeq cookie(const FourTuple& tuple, Epoch epoch) const;
  // The rotation of this process's source ports; see port_schedule.h.
  constexpr std::uint32_t port_shift() const {
    return static_cast<std::uint32_t>(siphash24<1>(key_, {0}));
  }

 private:
  SipKey key_;
};

// The uses differ in length, and SipHash includes the length: no two can ever hash the same input.
constexpr TcpSeq CookieKey::cookie(const FourTuple& tuple, Epoch epoch) const {
  const std::uint64_t tail = std::uint64_t{tuple.self_port.value} << 48 |
                             std::uint64_t{tuple.peer_port.value} << 32 | epoch.value;
  if (tuple.peer.is_v4()) {
    const std::uint64_t addresses = std::uint64_t{tuple.self.v4()} << 32 | tuple.peer.v4();
    return {static_cast<std::uint32_t>(siphash24<2>(key_, {addresses, tail}))};
  }
  return {static_cast<std::uint32_t>(siphash24<5>(
      key_, {tuple.self.high(), tuple.self.low(), tuple.peer.high(), tuple.peer.low(), tail}))};
}

}  // namespace rollcall::packet
