// The cookie: a probe's sequence number, which only its true answer can quote.
//
// seq = low 32 bits of SipHash-2-4, under a random 128-bit key of this process, over both
// addresses, both ports and the epoch. An answer acknowledges seq + 1, so it proves itself without
// any table of what was sent. A blind forgery must also hit one of the source ports that are live
// for its target, 16 of 4096 (2 epochs x 8 attempts, see port_schedule.h), so it passes with about
// 2^-40 a packet, an RST, of which two numbers are right, with 2^-39; somebody on the path can
// always forge.
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
