// Decides whether a received frame answers a probe of ours, and which.
//
//   port in our range? -> cookie of the 4-tuple, in the current epoch or the one before -> place
//   that the acknowledged number names -> is the sender that target? -> is its port live, and for
//   which attempt? -> Observation
//
// Accepted proofs: SYN-ACK and RST acknowledging seq + 1; RST acknowledging seq itself, as some
// stacks send; ICMP unreachable quoting seq, of the target itself or of a router. A bare ACK is
// what a peer answers that still holds an older connection of the same 4-tuple (RFC 5961
// section 4.2): its acknowledgement number belongs to that one, so port and target are all that can
// be checked.
//
// Questions to canaries use later epochs (port_schedule.h). Their answers are looked up by address,
// after all else has failed.
//
// The place is one of this sweep's table. An answer so late that it belongs to the sweep before, of
// another table, therefore ends as a wrong cookie instead of as late: it counts for nothing either
// way.
//
// Threading: correlate() on the capture thread; set_epoch() from any.
// Ownership: borrows the table, which outlives it.
// Units:     none.
// Errors:    a RejectReason for everything else.
// Cost:      one short SipHash and a row that was just asked; for what is late a second one, for a
//            bare ACK a look-up at random instead, for what is rejected all of it. No allocation.
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
  // The target that the frame's number names if the cookie is of this epoch.
  std::optional<ScanIndex> place_in(const packet::FrameView& view, Epoch epoch) const;
  bool answers_canary(const packet::FrameView& view, ScanIndex place, Epoch current) const;
  std::optional<Proof> proof_in(const packet::FrameView& view, Epoch current) const;

  const inventory::TargetTable& table_;
  packet::CookieKey key_;
  packet::PortSchedule ports_;
  std::atomic<std::uint32_t> epoch_;
};

}  // namespace rollcall::capture
