// Interface for full TCP connects by the kernel. Only failed connects make an address "missing".
//
// Threading: the scheduler's thread; not thread-safe. May be made and destroyed on another.
// Ownership: requests are copied; results are borrowed until the next call.
// Units:     at most in_flight_max() connects at once.
// Errors:    per connect, as a ConnectOutcome. A fault of this host (no descriptors, no buffers, no
//            ports, no route, forbidden) is kLocalError with its errno. It never counts against the
//            target.
// Cost:      start() takes one socket; poll() never blocks. No allocation after construction.
//
// Sockets are never bound to port 0 first, because that reserves a port for every destination at
// once. With a source address they use IP_BIND_ADDRESS_NO_PORT. They are closed with SO_LINGER 0,
// so neither side keeps a TIME_WAIT.
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
  kRefused,      // a RST came back
  kRejected,     // an ICMP error of the peer itself came back: its firewall refuses
  kUnreachable,  // an ICMP error of a router came back, or ARP got no reply
  kTimeout,      // nothing within the request's timeout
  kLocalError,   // this host could not connect
  kLedHere,      // a socket of this host accepted: a NAT rule of this host redirected the connect
};

struct ConnectRequest {
  ScanIndex target;
  Address peer;
  Port peer_port;
  std::optional<Address> self;  // source address, of peer's family; nullopt: as the kernel chooses
  Duration timeout{};           // from the poll() that submits the connect; more than zero
  // Send through this interface only; 0: as the kernel routes.
  std::uint32_t interface_index = 0;
  // Check whether a socket of this host accepted (far_end.h). Not for addresses of this host.
  bool check_far_end = false;
};

struct ConnectResult {
  ScanIndex target;
  ConnectOutcome outcome = ConnectOutcome::kLocalError;
  int sys_errno = 0;
};

class TcpConnector {
 public:
  virtual ~TcpConnector() = default;

  virtual std::uint32_t in_flight_max() const noexcept = 0;
  // Connects whose result no poll() has returned yet.
  virtual std::uint32_t in_flight() const noexcept = 0;

  // Begins one connect. A later poll() returns its result, also when it fails at once.
  // Requires: in_flight() < in_flight_max().
  virtual void start(const ConnectRequest& request) noexcept = 0;

  // Submits the connects that start() collected. Returns those that ended since the last call.
  virtual std::span<const ConnectResult> poll(TimePoint now) noexcept = 0;
};

// Maps an errno of connect(2) to an outcome; 0 is kConnected. One switch, tested.
ConnectOutcome classify_connect_errno(int sys_errno) noexcept;

// The ICMP error that the kernel recorded for a connect.
enum class IcmpError : std::uint8_t {
  kNone,
  kOfPath,  // a router or this host's own firewall sent it: it proves nothing about the address
  kOfPeer,  // the peer itself rejected the SYN: it is alive
};

// Maps an errno to an outcome, given the ICMP error that the kernel recorded for this connect. An
// errno alone is ambiguous. ECONNREFUSED is a RST of the target or a firewall's "port unreachable".
// ENETUNREACH is a router's reply or this host's missing route.
ConnectOutcome classify_connect(int sys_errno, IcmpError icmp) noexcept;

}  // namespace rollcall::recheck
