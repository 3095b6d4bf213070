#include "engine/packet/cookie.h"

#include <sodium.h>

#include "engine/base/error.h"

namespace rollcall::packet {
namespace {

constexpr std::uint64_t pair(std::uint32_t high, std::uint32_t low) {
  return static_cast<std::uint64_t>(high) << 32 | low;
}

std::uint32_t ports(const FourTuple& tuple) {
  return static_cast<std::uint32_t>(tuple.self_port.value) << 16 | tuple.peer_port.value;
}

}  // namespace

CookieKey CookieKey::random() {
  ROLLCALL_CHECK(sodium_init() >= 0);
  SipKey key;
  randombytes_buf(key.data(), sizeof key);
  return CookieKey(key);
}

// The inputs differ in length between the uses (IPv4 and IPv6 cookie, IPv4 and IPv6 target hash: 2,
// 5, 1 and 3 words), and SipHash absorbs the length, so no two uses can ever hash the same input.

TcpSeq CookieKey::cookie(const FourTuple& tuple, Epoch epoch) const {
  const std::uint64_t tail = pair(ports(tuple), epoch.value);
  if (tuple.peer.is_v4()) {
    const std::uint64_t addresses = pair(tuple.self.v4(), tuple.peer.v4());
    return {static_cast<std::uint32_t>(siphash24<2>(key_, {addresses, tail}))};
  }
  return {static_cast<std::uint32_t>(siphash24<5>(
      key_, {tuple.self.high(), tuple.self.low(), tuple.peer.high(), tuple.peer.low(), tail}))};
}

std::uint32_t CookieKey::target_hash(const Address& peer, Port peer_port) const {
  if (peer.is_v4()) {
    return static_cast<std::uint32_t>(siphash24<1>(key_, {pair(peer.v4(), peer_port.value)}));
  }
  return static_cast<std::uint32_t>(siphash24<3>(key_, {peer.high(), peer.low(), peer_port.value}));
}

}  // namespace rollcall::packet
