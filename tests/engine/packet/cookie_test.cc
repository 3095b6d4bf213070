#include "engine/packet/cookie.h"

#include <gtest/gtest.h>

namespace rollcall::packet {
namespace {

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
