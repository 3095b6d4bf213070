// Sees TCP segments of the probe ports pass through any interface, outgoing ones as well.
//
// All interfaces: the kernel routes its RST by its own tables, so it may leave by another interface
// than the SYN did. A route may also encapsulate it (SRv6, MPLS, IP in IP).
//
// A packet socket for ETH_P_ALL, since one for an IP protocol alone is not shown what leaves. It
// stands behind every netfilter hook and the traffic-control egress (Linux net/core/dev.c,
// dev_queue_xmit_nit): what it sees leaving has really left the host.
//
// Threading: one thread.
// Ownership: owns its socket; frames are values.
// Units:     none.
// Errors:    kPermission without cap_net_raw; kSystem otherwise.
// Cost:      a kernel filter keeps all other traffic away; one system call a segment.
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
  // Gets a segment and the index of the interface on which it passed. Returns true to stop.
  using Show = std::function<bool(const Segment&, std::uint32_t)>;

  static Result<Tap> open();

  // Shows every segment that passes to `enough`, until that returns true or the time is over.
  // Whether it was enough.
  bool watch(Duration at_most, const Show& enough);

 private:
  explicit Tap(Fd fd) : fd_(std::move(fd)) {}
  bool drain(const Show& enough);

  Fd fd_;
};

}  // namespace rollcall::doctor
