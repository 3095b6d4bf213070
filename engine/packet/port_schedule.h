// Chooses the source port of each probe (target, epoch, attempt), and decodes a reply's port.
//
//   port = base + (port_phase + port_shift + epoch * kAttemptsMax + attempt) mod 4096
//
// The phase is a keyed hash of the target, stored in its row. The shift follows from the cookie's
// key, so that two processes hardly ever use the same ports, even with the same seed (ADR 24). A
// target thus uses the whole range before any 4-tuple repeats: 512 epochs, 512 s at one sweep a
// second. A peer or a firewall keeps state of a tuple, which can spoil the next reply for up to
// 128 s (Linux keeps SYN_RECV up to 63 s, TIME_WAIT 60 s). No two attempts within 512 epochs share
// a port, so a reply's port identifies its epoch and attempt.
//
// A canary is probed every second throughout a sweep, with an attempt number of its own. Each of
// its probes uses a later epoch, so that its 4-tuples rest too. A sweep may use kCanaryEpochs, and
// the next sweep begins after the last epoch used.
//
// Threading: immutable.
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

// The attempt number of probes to canaries; a target's own attempts never reach it.
inline constexpr Attempt kCanaryAttempt = kAttemptsMax - 1;
// A sweep's canaries use this many epochs, counted from the sweep's own. It is half of the 512
// epochs before a 4-tuple repeats. At one epoch a second, a longer sweep starts over after 256 s,
// twice the rest that a 4-tuple needs.
inline constexpr std::uint32_t kCanaryEpochs = 256;

// The epoch of the canary probe sent `seconds` after the sweep of epoch `first` began.
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

  // The probe of the current or the previous epoch that used this port.
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

  // The canary probe, of a later epoch of the sweep `current`, that used this port.
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
