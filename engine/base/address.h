// An IPv4 or IPv6 address, 16 bytes, IPv4 held as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2).
//
// Callers need not know the family: arithmetic, order and text work on the 128-bit value. Only
// engine/packet checks the family, when it lays out a header.
//
// Threading: a value type; no shared state.
// Units:     words and values in host byte order; wire order exists only in engine/packet.
// Errors:    parse() returns nullopt. It accepts exactly what inet_pton(3) accepts, except
//            IPv4-mapped text ("::ffff:192.0.2.1"), which would be a second spelling of one target.
// Cost:      trivially copyable, no allocation except in to_string().
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

class Address {
 public:
  constexpr Address() = default;

  static constexpr Address from_v4(std::uint32_t host_order) {
    return Address({0, 0, 0xffff, host_order});
  }
  static constexpr Address from_halves(std::uint64_t high, std::uint64_t low) {
    return Address({static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
                    static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low)});
  }
  static std::optional<Address> parse(std::string_view text);
  // The IPv4 address in IPv4-mapped text; nullopt for all other text.
  static std::optional<Address> parse_mapped(std::string_view text);

  constexpr bool is_v4() const { return words_[0] == 0 && words_[1] == 0 && words_[2] == 0xffff; }
  // Requires: is_v4().
  constexpr std::uint32_t v4() const { return words_[3]; }
  constexpr std::uint64_t high() const {
    return static_cast<std::uint64_t>(words_[0]) << 32 | words_[1];
  }
  constexpr std::uint64_t low() const {
    return static_cast<std::uint64_t>(words_[2]) << 32 | words_[3];
  }
  // 32 or 128: the width of a prefix that names one address.
  constexpr int bits() const { return is_v4() ? 32 : 128; }

  // Wraps at the end of the 128-bit space.
  constexpr Address plus(std::uint64_t n) const {
    const std::uint64_t sum = low() + n;
    return from_halves(high() + (sum < n ? 1 : 0), sum);
  }

  std::string to_string() const;

  constexpr auto operator<=>(const Address&) const = default;
  // By halves: comparing the array would call memcmp for every packet.
  constexpr bool operator==(const Address& other) const {
    return high() == other.high() && low() == other.low();
  }

 private:
  explicit constexpr Address(std::array<std::uint32_t, 4> words) : words_(words) {}

  // 32-bit words, most significant first: order by value, and no padding in a 28-byte Target.
  std::array<std::uint32_t, 4> words_{};
};

static_assert(sizeof(Address) == 16 && alignof(Address) == 4);

// All addresses from first to last, both included. Invariant: first <= last, both of one family.
struct AddressRange {
  Address first;
  Address last;

  // Saturates at 2^64-1.
  constexpr std::uint64_t size() const {
    const std::uint64_t low = last.low() - first.low();
    const std::uint64_t high = last.high() - first.high() - (last.low() < first.low() ? 1 : 0);
    return high != 0 || low == UINT64_MAX ? UINT64_MAX : low + 1;
  }
  constexpr bool contains(const Address& address) const {
    return first <= address && address <= last;
  }
  // "10.0.0.1" or "10.0.0.1-10.0.0.9".
  std::string to_string() const;

  constexpr bool operator==(const AddressRange&) const = default;
};

// The addresses of `network`/`bits`; host bits of `network` are cleared.
// Requires: 0 <= bits <= network.bits().
AddressRange range_of_prefix(const Address& network, int bits);

}  // namespace rollcall
