// SipHash-2-4 over a few 64-bit words (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
// 2012).
//
// Inline code of our own, because it runs for every probe and every reply. Tests compare it with
// libsodium's crypto_shorthash_siphash24 on the same bytes.
//
// Threading: pure.
// Units:     words are taken as little-endian bytes, as the paper does.
// Cost:      about 2 ns a word plus 4 ns.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rollcall {

using SipKey = std::array<std::uint64_t, 2>;

template <std::size_t kWords>
constexpr std::uint64_t siphash24(const SipKey& key,
                                  const std::array<std::uint64_t, kWords>& words) {
  std::uint64_t v0 = key[0] ^ 0x736f6d6570736575;
  std::uint64_t v1 = key[1] ^ 0x646f72616e646f6d;
  std::uint64_t v2 = key[0] ^ 0x6c7967656e657261;
  std::uint64_t v3 = key[1] ^ 0x7465646279746573;
  const auto round = [&] {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  for (const std::uint64_t word : words) absorb(word);
  absorb(std::uint64_t{kWords * 8} << 56);  // the length block: no trailing bytes
  v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace rollcall
