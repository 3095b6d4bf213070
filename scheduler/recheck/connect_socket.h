// Opens the socket of a connect, and turns the end of the connect into a result. Every connector
// uses these functions.
//
// Threading: functions without shared state; ResultBuffer belongs to one thread.
// Ownership: the returned descriptor is the caller's.
// Units:     network byte order inside SocketAddress, as the kernel expects.
// Errors:    errno values, saved immediately.
// Cost:      open_connect_socket(): three system calls, five with a source address.
//            conclude_connect(): two, one when the connect failed; see far_end.h as well.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::recheck {

// Room for either family's sockaddr.
struct SocketAddress {
  union {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6{};
  };
  socklen_t length = 0;
};

SocketAddress to_socket_address(const Address& address, Port port) noexcept;

// A connect in progress.
struct ConnectUnderWay {
  Fd fd;
  ScanIndex target;
  SocketAddress peer;
  bool check_far_end = false;
};

enum class Blocking : bool { kNo, kYes };

// Returns a TCP socket that is ready to connect to request.peer, or this host's errno.
std::expected<Fd, int> open_connect_socket(const ConnectRequest& request,
                                           Blocking blocking) noexcept;

// Converts the end of a connect on `fd` into a result. sys_errno is 0 when the kernel reported
// success, and EALREADY when the connect continues although the kernel recorded an ICMP error.
ConnectResult conclude_connect(const ConnectUnderWay& connect, int sys_errno) noexcept;

inline constexpr std::uint32_t kDescriptorsReserved = 256;

// Raises the soft RLIMIT_NOFILE as far as the hard limit allows. Returns how many connects, at most
// kConnectsInFlightMax, leave kDescriptorsReserved descriptors for the rest of the process.
Result<std::uint32_t> claim_descriptors();

// Two lists of results: those collected for the next poll(), and those lent by the last poll().
class ResultBuffer {
 public:
  explicit ResultBuffer(std::uint32_t capacity) {
    gathered_.reserve(capacity);
    lent_.reserve(capacity);
  }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(gathered_.size()); }
  // Requires: size() is less than the capacity, so nothing is allocated.
  void add(const ConnectResult& result) noexcept { gathered_.push_back(result); }
  std::span<const ConnectResult> lend() noexcept {
    gathered_.swap(lent_);
    gathered_.clear();
    return lent_;
  }

 private:
  std::vector<ConnectResult> gathered_;
  std::vector<ConnectResult> lent_;
};

}  // namespace rollcall::recheck
