// The cookie, and with it a probe's sequence number, which only its true answer can quote.
//
// The cookie is the low 32 bits of SipHash-2-4, under a random 128-bit key of this process, over
// both addresses, both ports and the epoch. seq = cookie ^ place: whoever can compute the cookie of
// an answer's 4-tuple reads from what it acknowledges whom it would be of, and that target's
// address and port decide. So an answer proves itself without any table of what was sent, and finds
// its target without any look-up. A blind forgery must also hit one of the source ports that are
// live for its target, 16 of 4096 (2 epochs x 8 attempts, see port_schedule.h), so it passes with
// about 2^-40 a packet, an RST, of which two numbers are right, with 2^-39; somebody on the path
// can always forge.
//
// Threading: immutable; shared freely.
// Ownership: holds the key, which is never logged.
// Units:     host byte order.
// Errors:    none.
// Cost:      about 8 ns for IPv4, 16 ns for IPv6.
#pragma once

#include <cstdint>

#include "engine/base/address.h"
#include "engine/base/siphash.h"
#include "engine/base/units.h"

namespace rollcall::packet {

// One probe's connection, seen from here.
struct FourTuple {
  Address self;
  Address peer;
  Port self_port;
  Port peer_port;
};

// The sequence number of a probe, and back.
constexpr TcpSeq seq_of(TcpSeq cookie, ScanIndex place) {
  return {cookie.value ^ place.value};
}
constexpr ScanIndex place_in(TcpSeq seq, TcpSeq cookie) {
  return {seq.value ^ cookie.value};
}

class CookieKey {
 public:
  // For tests; elsewhere random().
  explicit constexpr CookieKey(SipKey key) : key_(key) {}
  static CookieKey random();

  constexpr TcpSeq cookie(const FourTuple& tuple, Epoch epoch) const;
  // By how much the source ports of this process are turned; see port_schedule.h.
  constexpr std::uint32_t port_shift() const {
    return static_cast<std::uint32_t>(siphash24<1>(key_, {0}));
  }

 private:
  SipKey key_;
};

// The uses differ in length, and SipHash absorbs the length: no two can ever hash the same input.
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
