// Connects on io_uring: IORING_OP_CONNECT with a linked timeout, closes on the ring too.
//
// Contract as TcpConnector.
#pragma once

#include <memory>

#include "engine/base/error.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::recheck {

inline constexpr std::uint32_t kConnectsInFlightMax = 4096;

// Raises the soft RLIMIT_NOFILE as far as the hard one lets it and caps in-flight connects so that 256
// descriptors remain for the rest of the process.
// Fails with kSystem (EPERM, ENOSYS, ENOMEM) when io_uring is not to be had.
Result<std::unique_ptr<TcpConnector>> make_uring_connector();

// The same over non-blocking connect(2) and epoll, for hosts that forbid io_uring.
Result<std::unique_ptr<TcpConnector>> make_epoll_connector();

}  // namespace rollcall::recheck
