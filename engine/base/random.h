// A pseudo-random generator with a seed, for reproducible orders.
//
// Threading: not thread-safe; one per user.
// Errors:    random_seed() reads the kernel's randomness through libsodium. Without it, libsodium
//            aborts.
// Cost:      a few nanoseconds per number. Not for keys: those come from libsodium.
#pragma once

#include <cstdint>

namespace rollcall {

// splitmix64: full period; meets the requirements of UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT64_MAX; }

  constexpr result_type operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound) but for a bias below 2^-32 * bound. Requires: bound > 0.
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((operator()() >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_;
};

std::uint64_t random_seed();

}  // namespace rollcall
