// Who was asked and who answered, slice by slice: a blackout on the way leaves no counter behind,
// only silence, so hearing is proven by answers.
//
// A witness is expected to answer: a canary, or a target at its first attempt, of which the sweep's
// own share is expected. A slice in which nearly none of the expected answers came proves that this
// host could not hear; where a good part came, a part of the fleet died or the path loses much, and
// both show in the controls of connects. A slice without a witness proves nothing. Canaries, where
// there are enough, outweigh targets: half a fleet that dies is no deafness while they answer.
//
// Threading: one thread.
// Ownership: owns its counts.
// Units:     slices of kSlice since the sweep began; a question belongs to the slice in which it
//            left.
// Errors:    none.
// Cost:      24 bytes a slice; two additions a question.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"

namespace rollcall::sweep {

inline constexpr Duration kSlice = std::chrono::milliseconds(250);

enum class Hearing : std::uint8_t {
  kProven,      // who should answer did
  kUnreliable,  // who should answer did not
  kUnproven,    // nobody was there to tell
};

class Witnesses {
 public:
  explicit Witnesses(TimePoint start) : start_(start) {}

  void target_asked(TimePoint at) { at_slice(at).targets_asked++, ++targets_asked_; }
  void target_heard(TimePoint asked_at) {
    at_slice(asked_at).targets_heard++, ++targets_heard_;
    note_probe_heard(asked_at);
  }
  // A canary counts only from its first answer on, unless it was given as known to answer.
  void canary_asked(TimePoint at) { ++at_slice(at).canaries_asked; }
  void canary_heard(TimePoint asked_at) {
    ++at_slice(asked_at).canaries_heard;
    note_probe_heard(asked_at);
  }
  // An ICMP error that quotes our cookie: some router heard us, and we it.
  void router_heard(TimePoint at) {
    ++at_slice(at).routers_heard;
    note_probe_heard(at);
  }

  // A connect was reported as unreachable: by a router, or by this kernel because the gateway does
  // not answer it. So it says nothing of the gateway's life, unlike the above.
  void unreachable_heard(TimePoint at) { ++at_slice(at).routers_heard; }

  // A connect by the same egress was answered: whatever becomes of SYNs, this host can hear.
  void connect_heard(TimePoint asked_at) {
    note_heard(asked_at);
    last_connect_heard_at_ = std::max(last_connect_heard_at_.value_or(asked_at), asked_at);
  }

  // The worst of the slices that the time from `from` to `to` touches. Answers that are still on
  // their way count as missing: ask when they had time to come.
  Hearing hearing(TimePoint from, TimePoint to) const;

  // A router answered a question of that time.
  bool was_router_heard(TimePoint from, TimePoint to) const;
  // A slice between had witnesses, and none of them was heard.
  bool was_dark(TimePoint from, TimePoint to) const;

  // The question of the first witness who was ever heard; nullopt: nothing proves that this host
  // can hear at all.
  std::optional<TimePoint> first_heard_at() const { return first_heard_at_; }
  // The newest question that was answered.
  std::optional<TimePoint> last_heard_at() const { return last_heard_at_; }
  // The same without connects: the kernel may send them by another member of a multipath route.
  std::optional<TimePoint> last_probe_heard_at() const { return last_probe_heard_at_; }
  // Connects were answered from that question on: SYNs alone are not.
  bool was_connect_heard(TimePoint from) const {
    return last_connect_heard_at_ && *last_connect_heard_at_ >= from;
  }
  std::uint32_t slices() const { return static_cast<std::uint32_t>(slices_.size()); }
  // Whole slices whose witnesses were missing.
  std::uint32_t unreliable_slices() const;

 private:
  struct Slice {
    std::uint32_t targets_asked = 0;
    std::uint32_t targets_heard = 0;
    std::uint32_t canaries_asked = 0;
    std::uint32_t canaries_heard = 0;
    std::uint32_t routers_heard = 0;
  };
  // What some slices together expected and heard.
  struct Sum {
    double expected = 0;
    double heard = 0;
    double canaries_asked = 0;
    double canaries_heard = 0;
    std::uint32_t routers = 0;
  };

  void note_heard(TimePoint at) {
    first_heard_at_ = std::min(first_heard_at_.value_or(at), at);
    last_heard_at_ = std::max(last_heard_at_.value_or(at), at);
  }
  void note_probe_heard(TimePoint at) {
    note_heard(at);
    last_probe_heard_at_ = std::max(last_probe_heard_at_.value_or(at), at);
  }
  std::size_t index_of(TimePoint at) const;
  Slice& at_slice(TimePoint at);
  Sum sum(std::size_t middle, std::size_t reach) const;
  Hearing of_slice(std::size_t index) const;

  TimePoint start_;
  std::vector<Slice> slices_;
  std::uint64_t targets_asked_ = 0;
  std::uint64_t targets_heard_ = 0;
  std::optional<TimePoint> first_heard_at_;
  std::optional<TimePoint> last_heard_at_;
  std::optional<TimePoint> last_probe_heard_at_;
  std::optional<TimePoint> last_connect_heard_at_;
};

}  // namespace rollcall::sweep
