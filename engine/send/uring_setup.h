// Creates an io_uring that is restricted to the operations that its owner needs.
//
// This process handles frames and answers of unknown senders. An attacker who took it over could
// otherwise let the ring open, read and write files, past every filter of system calls (ADR 38).
//
// Threading: make_ring() and restrict_ring() on any one thread, enable_ring() on the one that uses
//            the ring from then on (IORING_SETUP_SINGLE_ISSUER).
// Ownership: the caller exits the ring.
// Errors:    0, or a negative errno, as liburing returns it.
// Cost:      a few system calls.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <span>

namespace rollcall::send {

// Creates the ring disabled if the kernel supports that (Linux 5.10); `params.flags` then says so.
// Files are registered and restrictions set only while the ring is disabled.
int make_ring(io_uring& ring, unsigned entries, io_uring_params& params) noexcept;

inline bool is_disabled(const io_uring_params& params) noexcept {
  return (params.flags & IORING_SETUP_R_DISABLED) != 0;
}

struct RingLimits {
  std::span<const std::uint8_t> operations;  // IORING_OP_...
  std::uint8_t flags_allowed = 0;            // IOSQE_...; must include the required flags
  std::uint8_t flags_required = 0;
};

// Requires: the ring is disabled.
int restrict_ring(const io_uring& ring, const RingLimits& limits);
int enable_ring(const io_uring& ring) noexcept;

}  // namespace rollcall::send
