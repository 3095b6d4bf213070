// Which source port asks a target, in which epoch and attempt; and back again from a reply's port.
//
//   port = base + (port_phase + port_shift + epoch * kAttemptsMax + attempt) mod 4096
//
// The phase is a keyed hash of the target, found in its row; the shift follows from the cookie's
// key, so that two processes hardly ever ask from the same ports, whatever seed they were given
// (ADR 24). A target thus walks the whole range before any 4-tuple comes round again: 512 epochs,
// 512 s at one sweep a second, far beyond the 128 s for which a peer's or a firewall's memory of a
// tuple can spoil the next answer (Linux keeps SYN_RECV up to 63 s, TIME_WAIT 60 s). And since no
// two of the attempts within 512 epochs share a port, a reply's port names its epoch and attempt.
//
// A canary is asked every second throughout a sweep, with an attempt number of its own. Each of its
// questions uses a later epoch, so that its 4-tuples rest too; a sweep may use kCanaryEpochs, and
// the next sweep begins behind the last one used.
//
// Threading: immutable.
// Ownership: none.
// Units:     ports in host byte order.
// Errors:    identify() returns nullopt for a port of neither the current nor the previous epoch.
// Cost:      a handful of instructions.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/packet/cookie.h"

namespace rollcall::packet {

inline constexpr std::uint16_t kPortSpan = 1 << kPortPhaseBits;
// Above the kernel's default ephemeral range (32768-60999), so that rechecks never collide with
// probes.
inline constexpr Port kDefaultPortBase{61000};

// Of the questions to canaries; no target's own ladder uses it.
inline constexpr Attempt kCanaryAttempt = kAttemptsMax - 1;
// The epochs from a sweep's own that its canaries use. Half of the 512 before a 4-tuple comes back,
// one a second: a sweep that lasts longer starts over after 256 s, twice the rest that is needed.
inline constexpr std::uint32_t kCanaryEpochs = 256;

// Of the canary question that leaves `seconds` after the sweep of epoch `first` began.
constexpr Epoch canary_epoch(Epoch first, std::uint64_t seconds) {
  return {first.value + static_cast<std::uint32_t>(seconds % kCanaryEpochs)};
}

struct ProbeId {
  Epoch epoch;
  Attempt attempt = 0;
};

class PortSchedule {
 public:
  // Requires: base + kPortSpan <= 65536.
  PortSchedule(const CookieKey& key, Port base) : shift_(key.port_shift()), base_(base) {
    ROLLCALL_CHECK(base.value + kPortSpan <= 65536);
  }

  Port base() const { return base_; }
  Port last() const { return {static_cast<std::uint16_t>(base_.value + kPortSpan - 1)}; }
  bool contains(Port port) const { return port >= base_ && port <= last(); }

  // Requires: attempt < kAttemptsMax.
  Port self_port(std::uint32_t port_phase, ProbeId probe) const {
    ROLLCALL_DCHECK(probe.attempt < kAttemptsMax);
    const std::uint32_t offset = (port_phase + shift_ + rotor(probe)) & kMask;
    return {static_cast<std::uint16_t>(base_.value + offset)};
  }

  // Which probe of the current or the previous epoch asked from this port.
  // Requires: contains(self_port).
  std::optional<ProbeId> identify(std::uint32_t port_phase, Port self_port, Epoch current) const {
    const auto offset = static_cast<std::uint32_t>(self_port.value - base_.value);
    const std::uint32_t position = (offset - port_phase - shift_) & kMask;
    const auto attempt = static_cast<Attempt>(position % kAttemptsMax);
    for (const Epoch epoch : {current, current.previous()}) {
      if ((rotor({epoch, attempt}) & kMask) == position) return ProbeId{epoch, attempt};
    }
    return std::nullopt;
  }

  // The canary question of a later epoch of the sweep `current` that asked from this port.
  // Requires: contains(self_port).
  std::optional<ProbeId> identify_canary(std::uint32_t port_phase, Port self_port,
                                         Epoch current) const {
    const auto offset = static_cast<std::uint32_t>(self_port.value - base_.value);
    const std::uint32_t position = (offset - port_phase - shift_) & kMask;
    if (position % kAttemptsMax != kCanaryAttempt) return std::nullopt;
    constexpr std::uint32_t kEpochs = kPortSpan / kAttemptsMax;
    const std::uint32_t later = (position / kAttemptsMax - current.value) % kEpochs;
    if (later >= kCanaryEpochs) return std::nullopt;
    return ProbeId{{current.value + later}, kCanaryAttempt};
  }

 private:
  static constexpr std::uint32_t kMask = kPortSpan - 1;
  static_assert((kPortSpan & kMask) == 0, "the span is a power of two");
  static_assert(kPortSpan % kAttemptsMax == 0, "an epoch's attempts never straddle the wrap");

  static constexpr std::uint32_t rotor(ProbeId probe) {
    return probe.epoch.value * kAttemptsMax + probe.attempt;
  }

  std::uint32_t shift_;
  Port base_;
};

}  // namespace rollcall::packet
