// Strong types for ports, sequence numbers, indices and rates: only meaningful arithmetic compiles.
//
// Units:     named by the type; host byte order.
// Cost:      as the integer inside.
#pragma once

#include <compare>
#include <cstdint>

namespace rollcall {

struct Port {
  std::uint16_t value = 0;
  constexpr auto operator<=>(const Port&) const = default;
};

// A TCP sequence number; arithmetic wraps (RFC 9293 section 3.4).
struct TcpSeq {
  std::uint32_t value = 0;
  constexpr bool operator==(const TcpSeq&) const = default;
  constexpr TcpSeq operator+(std::uint32_t n) const { return {value + n}; }
  constexpr TcpSeq operator-(std::uint32_t n) const { return {value - n}; }
};

// Position of a target in a TargetTable's rows: by group, address and port. Use for reporting.
struct TargetIndex {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const TargetIndex&) const = default;
};

// Position of the same target in scan order. Use on the packet path: targets that are probed one
// after the other lie side by side in memory (ADR 23).
struct ScanIndex {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const ScanIndex&) const = default;
};

// Position in TargetTable::groups().
struct GroupIndex {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const GroupIndex&) const = default;
};

// The number of a sweep; wraps. Part of the cookie.
struct Epoch {
  std::uint32_t value = 0;
  constexpr bool operator==(const Epoch&) const = default;
  constexpr Epoch previous() const { return {value - 1}; }
};

// The number of a SYN within one sweep to one target: 0, 1, 2, ...
using Attempt = std::uint8_t;
inline constexpr Attempt kAttemptsMax = 8;

// Source ports are spread over 2^this; see engine/packet/port_schedule.h.
inline constexpr unsigned kPortPhaseBits = 12;

struct PacketRate {
  double per_second = 0;
  constexpr auto operator<=>(const PacketRate&) const = default;
};

}  // namespace rollcall
