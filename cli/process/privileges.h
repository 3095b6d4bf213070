// Drops the capabilities that a command does not need, before it reads data from a network.
//
// Each thread has its own capabilities, and a new thread inherits those of the thread that starts
// it. So a command drops what it can while it has one thread. A thread that only uses open sockets
// drops all others as its first step (ADR 38).
//
// Threading: each function changes the calling thread only.
// Units:     sets of capabilities: bit n is capability n of the kernel.
// Errors:    kPermission if the kernel refuses, which happens only under a seccomp filter.
// Cost:      a few system calls.
#pragma once

#include <linux/capability.h>

#include <cstdint>

#include "engine/base/error.h"

namespace rollcall::cli {

using Capabilities = std::uint64_t;

constexpr Capabilities bit_of(int capability) {
  return Capabilities{1} << capability;
}

inline constexpr Capabilities kNetRaw = bit_of(CAP_NET_RAW);
inline constexpr Capabilities kReadAnyFile = bit_of(CAP_DAC_READ_SEARCH);
// The capabilities with which root reads inventories and writes results in any folder.
inline constexpr Capabilities kAnyFile =
    kReadAnyFile | bit_of(CAP_DAC_OVERRIDE) | bit_of(CAP_FOWNER);

// Keeps only these of the thread's capabilities: `usable` as effective ones, and `dormant` as
// permitted ones, which a Raised can make effective. A program started by exec gets none of them,
// and exec cannot restore dropped ones. Call it before other threads start, because they inherit
// the set.
Result<void> keep_only(Capabilities usable, Capabilities dormant = 0);

// Drops all capabilities of a thread that opens no files or sockets. The process has called
// keep_only() before.
void drop_all() noexcept;

// Makes the dormant capabilities among `wanted` effective for its lifetime.
class Raised {
 public:
  explicit Raised(Capabilities wanted) noexcept;
  ~Raised();
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  Capabilities woken_ = 0;
};

}  // namespace rollcall::cli
