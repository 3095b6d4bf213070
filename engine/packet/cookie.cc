#include "engine/packet/cookie.h"

#include <sodium.h>

#include "engine/base/error.h"

namespace rollcall::packet {

CookieKey CookieKey::random() {
  ROLLCALL_CHECK(sodium_init() >= 0);
  SipKey key;
  randombytes_buf(key.data(), sizeof key);
  return CookieKey(key);
}

}  // namespace rollcall::packet
