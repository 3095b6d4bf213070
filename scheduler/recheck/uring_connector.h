// Creates the two connectors: on io_uring, and on epoll for hosts that forbid io_uring.
//
// Contract as TcpConnector. Both raise the soft RLIMIT_NOFILE as far as the hard limit allows. Both
// limit connects in flight so that 256 descriptors remain for the rest of the process.
//
// Errors: kSystem with EMFILE when the hard limit leaves no room for that.
#pragma once

#include <memory>

#include "engine/base/error.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::recheck {

inline constexpr std::uint32_t kConnectsInFlightMax = 4096;

// IORING_OP_CONNECT with a linked timeout: one system call submits and reaps a whole batch.
// Fails with kSystem (EPERM, ENOSYS, ENOMEM) when io_uring is not available.
Result<std::unique_ptr<TcpConnector>> make_uring_connector();

// Non-blocking connect(2) and epoll.
Result<std::unique_ptr<TcpConnector>> make_epoll_connector();

}  // namespace rollcall::recheck
