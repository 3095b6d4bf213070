// Captures TCP segments of the probe ports on all interfaces, incoming and outgoing.
//
// It covers all interfaces, because the kernel routes its RST by its own tables. So the RST may
// leave by another interface than the SYN, and a route may encapsulate it (SRv6, MPLS, IP in IP).
//
// It uses a packet socket for ETH_P_ALL, because a socket for one protocol does not receive
// outgoing packets. The kernel passes outgoing packets to it after every netfilter hook and the
// traffic-control egress (Linux net/core/dev.c, dev_queue_xmit_nit). So a packet seen there really
// leaves the host.
//
// Threading: one thread.
// Ownership: owns its socket.
// Errors:    kPermission without cap_net_raw; kSystem otherwise.
// Cost:      a kernel filter drops all other traffic; one system call for each segment.
#pragma once

#include <functional>
#include <string>

#include "cli/doctor/rst/segment.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::doctor {

class Tap {
 public:
  // Receives a segment and the index of its interface. Returns true to stop.
  using Show = std::function<bool(const Segment&, std::uint32_t)>;

  static Result<Tap> open();

  // Passes every segment to `enough`, until that returns true or the time is over. Returns whether
  // `enough` returned true.
  bool watch(Duration at_most, const Show& enough);

 private:
  explicit Tap(Fd fd) : fd_(std::move(fd)) {}
  bool drain(const Show& enough);

  Fd fd_;
};

}  // namespace rollcall::doctor
