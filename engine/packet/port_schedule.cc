#include "engine/packet/port_schedule.h"

#include "engine/base/error.h"

namespace rollcall::packet {
namespace {

constexpr std::uint32_t kSpanMask = kPortSpan - 1;
static_assert((kPortSpan & kSpanMask) == 0, "the span is a power of two");
static_assert(kPortSpan % kAttemptsMax == 0, "an epoch's attempts never straddle the wrap");

std::uint32_t rotor(ProbeId probe) {
  return probe.epoch.value * kAttemptsMax + probe.attempt;
}

}  // namespace

PortSchedule::PortSchedule(const CookieKey& key, Port base) : key_(key), base_(base) {
  ROLLCALL_CHECK(base.value + kPortSpan <= 65536);
}

Port PortSchedule::self_port(const Address& peer, Port peer_port, ProbeId probe) const {
  ROLLCALL_DCHECK(probe.attempt < kAttemptsMax);
  const std::uint32_t offset = (key_.target_hash(peer, peer_port) + rotor(probe)) & kSpanMask;
  return {static_cast<std::uint16_t>(base_.value + offset)};
}

std::optional<ProbeId> PortSchedule::identify(const Address& peer, Port peer_port, Port self_port,
                                              Epoch current) const {
  const std::uint32_t offset = static_cast<std::uint32_t>(self_port.value - base_.value);
  const std::uint32_t position = (offset - key_.target_hash(peer, peer_port)) & kSpanMask;
  const auto attempt = static_cast<Attempt>(position % kAttemptsMax);
  for (const Epoch epoch : {current, current.previous()}) {
    if ((rotor({epoch, attempt}) & kSpanMask) == position) return ProbeId{epoch, attempt};
  }
  return std::nullopt;
}

}  // namespace rollcall::packet
