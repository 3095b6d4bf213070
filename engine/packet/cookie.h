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
// Cost:      about 10 ns for IPv4, 16 ns for IPv6.
#pragma once

#include <cstdint>

#include "engine/base/address.h"
#include "engine/base/units.h"
#include "engine/packet/siphash.h"

namespace rollcall::packet {

// One probe's connection, seen from here.
struct FourTuple {
  Address self;
  Address peer;
  Port self_port;
  Port peer_port;
};

// The sequence number of a probe, and back.
constexpr TcpSeq seq_of(TcpSeq cookie, Place place) {
  return {cookie.value ^ place.value};
}
constexpr Place place_in(TcpSeq seq, TcpSeq cookie) {
  return {seq.value ^ cookie.value};
}

class CookieKey {
 public:
  // For tests; elsewhere random().
  explicit constexpr CookieKey(SipKey key) : key_(key) {}
  static CookieKey random();

  TcpSeq cookie(const FourTuple& tuple, Epoch epoch) const;

  // A number that belongs to the target for the life of the process; spreads source ports.
  std::uint32_t target_hash(const Address& peer, Port peer_port) const;

 private:
  SipKey key_;
};

}  // namespace rollcall::packet
