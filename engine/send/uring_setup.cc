#include "engine/send/uring_setup.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace rollcall::send {
namespace {

// A direct system call, because liburing 2.3 declares io_uring_enable_rings() but does not export
// it.
int register_with(const io_uring& ring, unsigned what, const void* argument, unsigned count) {
  return ::syscall(__NR_io_uring_register, ring.ring_fd, what, argument, count) < 0 ? -errno : 0;
}

io_uring_restriction restriction(std::uint16_t kind, std::uint8_t value) {
  io_uring_restriction made{};
  made.opcode = kind;
  made.sqe_op = value;  // a union with the flags
  return made;
}

}  // namespace

int make_ring(io_uring& ring, unsigned entries, io_uring_params& params) noexcept {
  // Tried in this order. SINGLE_ISSUER and DEFER_TASKRUN need Linux 6.1. Without R_DISABLED the
  // ring cannot be restricted.
  constexpr std::array<unsigned, 3> kFlagSets{
      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED,
      IORING_SETUP_R_DISABLED, 0};
  const io_uring_params wanted = params;
  int error = -EINVAL;
  for (const unsigned flags : kFlagSets) {
    params = wanted;
    params.flags |= flags;
    error = io_uring_queue_init_params(entries, &ring, &params);
    if (error != -EINVAL) break;
  }
  return error;
}

int restrict_ring(const io_uring& ring, const RingLimits& limits) {
  std::vector<io_uring_restriction> all{
      restriction(IORING_RESTRICTION_SQE_FLAGS_ALLOWED, limits.flags_allowed),
      restriction(IORING_RESTRICTION_SQE_FLAGS_REQUIRED, limits.flags_required)};
  for (const std::uint8_t operation : limits.operations) {
    all.push_back(restriction(IORING_RESTRICTION_SQE_OP, operation));
  }
  return register_with(ring, IORING_REGISTER_RESTRICTIONS, all.data(),
                       static_cast<unsigned>(all.size()));
}

int enable_ring(const io_uring& ring) noexcept {
  return register_with(ring, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
}

}  // namespace rollcall::send
