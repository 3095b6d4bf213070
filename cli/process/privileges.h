// Gives up what a command does not need, before it reads a packet or a byte from a network.
//
// Capabilities belong to threads, and a new thread has those of the one that starts it. So a
// command drops what it can while it has one thread, and a thread that works on sockets which are
// already open drops the rest as its first act (ADR 38).
//
// Threading: each function is for the calling thread alone.
// Ownership: none.
// Units:     sets of capabilities, as the kernel counts their bits.
// Errors:    kPermission where the kernel refuses, which only a seccomp filter makes it do.
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

// Keeps of what this thread has `usable`, and `dormant` for a Raised to wake; nothing of it for
// what exec starts, and nothing that exec could give back. Before there are threads, as these have
// what the one has that starts them.
Result<void> keep_only(Capabilities usable, Capabilities dormant = 0);

// For a thread that opens nothing, of a process that keep_only() has taken the rest from.
void drop_all() noexcept;

// Wakes what is dormant of `wanted`, until it goes.
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
