// Decides whether a received frame is a reply to one of our probes, and to which probe.
//
//   port in our range? -> cookie of the 4-tuple, in the current epoch or the one before
//   -> ScanIndex computed from the acknowledgement number -> is the sender that target?
//   -> is its port in use, and for which attempt? -> Observation
//
// Accepted proofs: SYN-ACK and RST acknowledging seq + 1; RST acknowledging seq itself, as some
// stacks send; ICMP unreachable quoting seq, sent by the target itself or by a router. A peer sends
// a bare ACK when it still holds an older connection of the same 4-tuple (RFC 5961 section 4.2).
// Its acknowledgement number belongs to that connection, so only port and target can be checked.
//
// Probes to canaries use later epochs (port_schedule.h). Their replies are looked up by address,
// after every other check has failed.
//
// The ScanIndex belongs to this sweep's table. A late reply to the previous sweep, if that had
// another table, is rejected as a wrong cookie instead of counted as late. It is no evidence that a
// target is up or down.
//
// Threading: correlate() on the capture thread; set_epoch() from any.
// Ownership: borrows the table, which outlives it.
// Errors:    a RejectReason for every other frame.
// Cost:      one short SipHash and one row that was probed a moment ago. A late reply costs a
//            second SipHash, a bare ACK a look-up by address instead, a rejected frame all of
//            these. No allocation.
#pragma once

#include <atomic>
#include <expected>
#include <optional>

#include "capture/observation.h"
#include "engine/inventory/target_table.h"
#include "engine/packet/cookie.h"
#include "engine/packet/frame_view.h"
#include "engine/packet/port_schedule.h"

namespace rollcall::capture {

class Correlator {
 public:
  Correlator(const inventory::TargetTable& table, const packet::CookieKey& key,
             const packet::PortSchedule& ports, Epoch epoch);

  std::expected<Observation, packet::RejectReason> correlate(const packet::FrameView& view,
                                                             TimePoint at) const;

  void set_epoch(Epoch epoch) { epoch_.store(epoch.value, std::memory_order_relaxed); }

 private:
  struct Proof {
    ScanIndex place;
    Epoch epoch;
  };

  bool is_of(const packet::FrameView& view, ScanIndex place) const;
  // The target computed from the frame's number, if the cookie is of this epoch.
  std::optional<ScanIndex> place_in(const packet::FrameView& view, Epoch epoch) const;
  bool answers_canary(const packet::FrameView& view, ScanIndex place, Epoch current) const;
  std::optional<Proof> proof_in(const packet::FrameView& view, Epoch current) const;

  const inventory::TargetTable& table_;
  packet::CookieKey key_;
  packet::PortSchedule ports_;
  std::atomic<std::uint32_t> epoch_;
};

}  // namespace rollcall::capture
