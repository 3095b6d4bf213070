// What every connector does with a socket before and after the connect itself.
//
// Threading: functions without shared state; ResultBuffer belongs to one thread.
// Ownership: the returned descriptor is the caller's.
// Units:     network byte order inside SocketAddress, as the kernel wants it.
// Errors:    errno values, captured at once.
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

// A connect that has been begun.
struct ConnectUnderWay {
  Fd fd;
  ScanIndex target;
  SocketAddress peer;
  bool check_far_end = false;
};

enum class Blocking : bool { kNo, kYes };

// A TCP socket that is ready to connect to request.peer, or the errno that this host answered.
std::expected<Fd, int> open_connect_socket(const ConnectRequest& request,
                                           Blocking blocking) noexcept;

// What the end of a connect on `fd` shows; sys_errno is 0 when the kernel called it a success, and
// EALREADY when it goes on although an ICMP error was recorded.
ConnectResult conclude_connect(const ConnectUnderWay& connect, int sys_errno) noexcept;

inline constexpr std::uint32_t kDescriptorsReserved = 256;

// Raises the soft RLIMIT_NOFILE as far as the hard one lets it; the number of connects, at most
// kConnectsInFlightMax, that leaves kDescriptorsReserved for the rest of the process.
Result<std::uint32_t> claim_descriptors();

// Results gathered for the next poll(), and those lent out by the last one.
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
