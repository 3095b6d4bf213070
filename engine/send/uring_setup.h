// Makes an io_uring that does what its owner does with it, and nothing else.
//
// Frames and answers of strangers are handled beside it. Whoever took over this process could else
// have the ring open, read and write files for them, past every filter of system calls.
//
// Threading: make_ring() and restrict_ring() on any one thread, enable_ring() on the one that uses
//            the ring from then on (IORING_SETUP_SINGLE_ISSUER).
// Ownership: the caller exits the ring.
// Units:     none.
// Errors:    0, or an errno, negative as liburing's.
// Cost:      a few system calls.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <span>

namespace rollcall::send {

// Disabled where the kernel can have it so (Linux 5.10), and in `params.flags` then: before it is
// enabled files are registered and restrictions set, and afterwards neither.
int make_ring(io_uring& ring, unsigned entries, io_uring_params& params) noexcept;

inline bool is_disabled(const io_uring_params& params) noexcept {
  return (params.flags & IORING_SETUP_R_DISABLED) != 0;
}

struct RingLimits {
  std::span<const std::uint8_t> operations;  // IORING_OP_...
  std::uint8_t flags_allowed = 0;            // IOSQE_...; those that are required, too
  std::uint8_t flags_required = 0;
};

// Requires: the ring is disabled.
int restrict_ring(const io_uring& ring, const RingLimits& limits);
int enable_ring(const io_uring& ring) noexcept;

}  // namespace rollcall::send
