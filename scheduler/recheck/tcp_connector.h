// Full TCP connects, made by the kernel: the only ground on which an address is called missing.
//
// Threading: the scheduler's thread; not thread-safe.
// Ownership: requests are copied; results are borrowed until the next call.
// Units:     at most in_flight_max() connects at once.
// Errors:    per connect, as a ConnectOutcome. Trouble of this host (no descriptors, no buffers, no
//            ports, forbidden) is kLocalError with its errno and never speaks against the target.
// Cost:      start() takes one socket; poll() never blocks.
//
// Sockets are never bound to port 0 first, which would reserve a port for every destination at once
// (IP_BIND_ADDRESS_NO_PORT where a source address is asked for), and are closed with SO_LINGER 0, so
// that neither side keeps a TIME_WAIT.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/address.h"
#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::recheck {

enum class ConnectOutcome : std::uint8_t {
  kConnected,    // the handshake completed
  kRefused,      // ECONNREFUSED, ECONNRESET: a RST came back
  kUnreachable,  // EHOSTUNREACH, ENETUNREACH, EHOSTDOWN...: ICMP or ARP said so
  kTimeout,      // nothing within the request's timeout, or ETIMEDOUT
  kLocalError,   // this host could not ask
};

struct ConnectRequest {
  TargetIndex target;
  Address peer;
  Port peer_port;
  std::optional<Address> self;  // source address; nullopt: as the kernel chooses
  Duration timeout{};
};

struct ConnectResult {
  TargetIndex target;
  ConnectOutcome outcome = ConnectOutcome::kLocalError;
  int sys_errno = 0;
};

class TcpConnector {
 public:
  virtual ~TcpConnector() = default;

  virtual std::uint32_t in_flight_max() const noexcept = 0;
  virtual std::uint32_t in_flight() const noexcept = 0;

  // Begins one connect; its result comes from a later poll(), also when it fails at once.
  // Requires: in_flight() < in_flight_max().
  virtual void start(const ConnectRequest& request) noexcept = 0;

  // Submits what start() gathered and returns what has ended since the last call.
  virtual std::span<const ConnectResult> poll(TimePoint now) noexcept = 0;
};

// The outcome that an errno of connect(2) stands for; 0 is kConnected. One switch, tested.
ConnectOutcome classify_connect_errno(int sys_errno) noexcept;

}  // namespace rollcall::recheck
