// Units are types: what may be added to what is decided here, once.
//
// Threading: value types.  Ownership: none.  Units: named by the type; host byte order.
// Errors:    none.  Cost: as the integer inside.
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

// Position of a target in a TargetTable's rows: by group, address and port. For all who tell.
struct TargetIndex {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const TargetIndex&) const = default;
};

// Position of the same target in the order in which a sweep asks. For all who handle its packets:
// what is asked one after the other lies side by side in memory.
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

// Which SYN of one sweep to one target: 0, 1, 2, ...
using Attempt = std::uint8_t;
inline constexpr Attempt kAttemptsMax = 8;

// Source ports are spread over 2^this; see engine/packet/port_schedule.h.
inline constexpr unsigned kPortPhaseBits = 12;

struct PacketRate {
  double per_second = 0;
  constexpr auto operator<=>(const PacketRate&) const = default;
};

}  // namespace rollcall
