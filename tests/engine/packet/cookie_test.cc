#include "engine/packet/cookie.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <cstring>

#include "engine/base/random.h"

namespace rollcall::packet {
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

FourTuple tuple_of(const char* self, const char* peer) {
  return {Address::parse(self).value(), Address::parse(peer).value(), {61000}, {80}};
}

TEST(Cookie, DependsOnEveryPartOfTheTupleTheEpochAndTheKey) {
  const CookieKey key({1, 2});
  for (const FourTuple& base :
       {tuple_of("10.0.0.1", "10.0.0.2"), tuple_of("2001:db8::1", "2001:db8::2")}) {
    const TcpSeq seq = key.cookie(base, {7});
    EXPECT_EQ(key.cookie(base, {7}), seq);
    EXPECT_FALSE(key.cookie(base, {8}) == seq);
    EXPECT_FALSE(CookieKey({1, 3}).cookie(base, {7}) == seq);
    FourTuple other = base;
    other.self = base.self.plus(1);
    EXPECT_FALSE(key.cookie(other, {7}) == seq);
    other = base;
    other.peer = base.peer.plus(1);
    EXPECT_FALSE(key.cookie(other, {7}) == seq);
    other = base;
    other.self_port = {61001};
    EXPECT_FALSE(key.cookie(other, {7}) == seq);
    other = base;
    other.peer_port = {81};
    EXPECT_FALSE(key.cookie(other, {7}) == seq);
  }
}

TEST(CookieKey, IsNewForEveryProcessThatAsks) {
  const FourTuple tuple = tuple_of("10.0.0.1", "10.0.0.2");
  EXPECT_FALSE(CookieKey::random().cookie(tuple, {1}) == CookieKey::random().cookie(tuple, {1}));
}

}  // namespace
}  // namespace rollcall::packet
