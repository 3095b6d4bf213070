// Which source port asks a target, in which epoch and attempt; and back again from a reply's port.
//
//   port = base + (target_hash + epoch * kAttemptsMax + attempt) mod 4096
//
// A target thus walks the whole range before any 4-tuple comes round again: 512 epochs, 512 s at
// one sweep a second, far beyond the 128 s for which a peer's or a firewall's memory of a tuple can
// spoil the next answer (Linux keeps SYN_RECV up to 63 s, TIME_WAIT 60 s). And since no two of the
// attempts within 512 epochs share a port, a reply's port names its epoch and attempt: one cookie
// to compare, not one per candidate.
//
// Threading: immutable.
// Ownership: copies the key.
// Units:     ports in host byte order.
// Errors:    identify() returns nullopt for a port of neither the current nor the previous epoch.
// Cost:      one short SipHash.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/address.h"
#include "engine/base/units.h"
#include "engine/packet/cookie.h"

namespace rollcall::packet {

inline constexpr std::uint16_t kPortSpan = 4096;
// Above the kernel's default ephemeral range (32768-60999), so that rechecks never collide with
// probes.
inline constexpr Port kDefaultPortBase{61000};

struct ProbeId {
  Epoch epoch;
  Attempt attempt = 0;
};

class PortSchedule {
 public:
  // Requires: base + kPortSpan <= 65536.
  PortSchedule(const CookieKey& key, Port base);

  Port base() const { return base_; }
  Port last() const { return {static_cast<std::uint16_t>(base_.value + kPortSpan - 1)}; }
  bool contains(Port port) const { return port >= base_ && port <= last(); }

  // Requires: attempt < kAttemptsMax.
  Port self_port(const Address& peer, Port peer_port, ProbeId probe) const;

  // Which probe of the current or the previous epoch asked this target from this port.
  // Requires: contains(self_port).
  std::optional<ProbeId> identify(const Address& peer, Port peer_port, Port self_port,
                                  Epoch current) const;

 private:
  CookieKey key_;
  Port base_;
};

}  // namespace rollcall::packet
