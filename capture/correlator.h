// Decides whether a received frame answers a probe of ours, and which.
//
//   port in our range? -> target known? -> port's epoch and attempt live? -> cookie right? ->
//   Observation
//
// Accepted proofs: SYN-ACK and RST acknowledging cookie + 1; RST acknowledging the cookie itself,
// as some stacks send; ICMP unreachable quoting the cookie. A bare ACK is what a peer answers that
// still holds an older connection of the same 4-tuple (RFC 5961 section 4.2): its acknowledgement
// number belongs to that one, so port and target are all that can be checked.
//
// Threading: correlate() on the capture thread; set_epoch() from any.
// Ownership: borrows the table, which outlives it.
// Units:     none.
// Errors:    a RejectReason for everything else.
// Cost:      two short SipHashes and one hash look-up; no allocation.
#pragma once

#include <atomic>
#include <expected>

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
                                                             TimePoint at) const {
    return correlate(view, slot_of(view), at);
  }

  // The same for a block of views, so that they wait for memory together: slot_of() all, then
  // prefetch_row() all, then correlate().
  using Slot = inventory::TargetTable::Slot;
  Slot slot_of(const packet::FrameView& view) const {
    const Slot slot = table_.slot_of(view.peer, view.peer_port);
    table_.prefetch(slot);
    return slot;
  }
  void prefetch_row(Slot slot) const { table_.prefetch_row(slot); }
  std::expected<Observation, packet::RejectReason> correlate(const packet::FrameView& view,
                                                             Slot slot, TimePoint at) const;

  void set_epoch(Epoch epoch) { epoch_.store(epoch.value, std::memory_order_relaxed); }

 private:
  bool proves(const packet::FrameView& view, Epoch epoch) const;

  const inventory::TargetTable& table_;
  packet::CookieKey key_;
  packet::PortSchedule ports_;
  std::atomic<std::uint32_t> epoch_;
};

}  // namespace rollcall::capture
