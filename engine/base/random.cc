#include "engine/base/random.h"

#include <sodium.h>

#include "engine/base/error.h"

namespace rollcall {

std::uint64_t random_seed() {
  ROLLCALL_CHECK(sodium_init() >= 0);
  std::uint64_t seed = 0;
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace rollcall
