#include "engine/base/siphash.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <cstring>

#include "engine/base/random.h"

namespace rollcall {
namespace {

template <std::size_t kWords>
void expect_same_as_libsodium(Random& random) {
  SipKey key{random(), random()};
  std::array<std::uint64_t, kWords> words;
  for (auto& word : words) word = random();
  std::array<unsigned char, crypto_shorthash_siphash24_BYTES> reference;
  crypto_shorthash_siphash24(reference.data(), reinterpret_cast<unsigned char*>(words.data()),
                             sizeof words, reinterpret_cast<unsigned char*>(key.data()));
  std::uint64_t expected = 0;
  std::memcpy(&expected, reference.data(), sizeof expected);
  EXPECT_EQ(siphash24<kWords>(key, words), expected);
}

TEST(SipHash, AgreesWithLibsodium) {
  Random random(20260105);
  for (int i = 0; i < 100; ++i) {
    expect_same_as_libsodium<1>(random);
    expect_same_as_libsodium<2>(random);
    expect_same_as_libsodium<3>(random);
    expect_same_as_libsodium<5>(random);
  }
}

}  // namespace
}  // namespace rollcall
