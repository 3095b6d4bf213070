// Detects that targets keep half-open connections because this host's RSTs do not reach them.
//
// The kernel answers an unexpected SYN-ACK with a RST. A target that receives no RST repeats its
// SYN-ACK, on Linux after 1, 3, 7, 15 and 31 s (RFC 6298, net.ipv4.tcp_synack_retries). It keeps
// the connection half-open during that time, so the sweep becomes a SYN flood. The proof before a
// sweep (cli/doctor/preflight.h) cannot detect a rule that is loaded later, nor a firewall on the
// path.
//
// One host that repeats, or a path that sometimes loses a RST, is no reason to stop. So at least
// kLeastAddresses addresses must repeat, and half of the targets that answered at about the same
// time.
//
// Threading: one thread, the scheduler's.
// Units:     monotonic time; targets.
// Cost:      256 bytes; an answer touches one counter, a repeat all of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/base/address.h"
#include "engine/base/clock.h"

namespace rollcall::sweep {

class HalfOpen {
 public:
  static constexpr std::size_t kLeastAddresses = 3;
  static constexpr double kLeastShare = 0.5;
  // Age of a repeat, counted from its probe. A duplicate made by the path comes sooner. The second
  // repeat of the same SYN-ACK comes later, so each target counts once.
  static constexpr Duration kRepeatMin = std::chrono::milliseconds(800);
  static constexpr Duration kRepeatMax = std::chrono::milliseconds(1900);

  // Call when a target sent its first SYN-ACK to a probe of that time.
  void answered(TimePoint asked);
  // Call when a target sent that SYN-ACK again.
  void repeated(const Address& target, TimePoint asked, TimePoint at);

  // Call after this host was stalled until that time: its RSTs may have left too late.
  void forget_before(TimePoint until) {
    slots_ = {};
    since_ = until;
  }

  // Stays true once it is true.
  bool is_proven() const { return proven_; }

 private:
  static constexpr Duration kSlot = std::chrono::milliseconds(100);
  static constexpr std::size_t kSlots = 32;
  // Repeats for older probes than this have arrived, including a round trip of 0.4 s.
  static constexpr Duration kDue = std::chrono::milliseconds(1500);

  struct Slot {
    std::int64_t number = -1;  // of the time in units of kSlot
    std::uint32_t answers = 0;
    std::uint32_t repeats = 0;
  };
  struct Repeater {
    Address address;
    std::optional<TimePoint> at;
  };

  Slot& slot_of(TimePoint asked);
  bool is_from_many(const Address& target, TimePoint at);
  void judge(TimePoint at);

  std::array<Slot, kSlots> slots_;
  std::array<Repeater, kLeastAddresses> repeaters_;
  TimePoint since_{};  // probes before do not count
  bool proven_ = false;
};

}  // namespace rollcall::sweep
