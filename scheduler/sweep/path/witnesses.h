// Counts, per slice, which witnesses were probed and which answered. A blackout on the path leaves
// no counter behind, only silence, so only answers prove that replies reach this host.
//
// A witness is expected to answer: a canary, or a target at its first attempt. The expected share
// of targets is the share that answered in the whole sweep.
//
//   nearly no expected answer came    replies did not reach this host in that slice
//   a good part of them came          part of the fleet failed, or the path loses much; the
//                                     controls of connects show both
//   no witness in the slice           proves nothing
//
// If there are enough canaries, they outweigh targets: when half a fleet fails, the slice is still
// proven while the canaries answer.
//
// Threading: one thread.
// Ownership: owns its counts.
// Units:     slices of kSlice since the sweep began; a probe belongs to the slice in which it left.
// Cost:      24 bytes a slice; two additions a probe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"

namespace rollcall::sweep {

inline constexpr Duration kSlice = std::chrono::milliseconds(250);

enum class Hearing : std::uint8_t {
  kProven,      // the expected witnesses answered
  kUnreliable,  // the expected witnesses did not answer
  kUnproven,    // no witness was probed
};

class Witnesses {
 public:
  explicit Witnesses(TimePoint start) : start_(start) {}

  void target_asked(TimePoint at) { at_slice(at).targets_asked++, ++targets_asked_; }
  void target_heard(TimePoint asked_at) {
    at_slice(asked_at).targets_heard++, ++targets_heard_;
    note_probe_heard(asked_at);
  }
  // A canary counts only after its first answer, unless the configuration says that it answers.
  void canary_asked(TimePoint at) { ++at_slice(at).canaries_asked; }
  void canary_heard(TimePoint asked_at) {
    ++at_slice(asked_at).canaries_heard;
    note_probe_heard(asked_at);
  }
  // An ICMP error that quotes our cookie: a router received our SYN, and we received its reply.
  void router_heard(TimePoint at) {
    ++at_slice(at).routers_heard;
    note_probe_heard(at);
  }

  // A connect was reported as unreachable: by a router, or by this kernel because the gateway does
  // not reply. Unlike the events above, this does not prove that the gateway is alive.
  void unreachable_heard(TimePoint at) { ++at_slice(at).routers_heard; }

  // A connect by the same egress was answered: replies reach this host, whatever SYNs show.
  void connect_heard(TimePoint asked_at) {
    note_heard(asked_at);
    last_connect_heard_at_ = std::max(last_connect_heard_at_.value_or(asked_at), asked_at);
  }

  // The worst of the slices that the time from `from` to `to` touches. Outstanding answers count as
  // missing, so call this only after they had time to arrive.
  Hearing hearing(TimePoint from, TimePoint to) const;

  // True when a router answered a probe of that time.
  bool was_router_heard(TimePoint from, TimePoint to) const;
  // True when a slice of that time had witnesses and none of them answered.
  bool was_dark(TimePoint from, TimePoint to) const;

  // When the first answered probe or connect left; nullopt: nothing proves that replies reach this
  // host at all.
  std::optional<TimePoint> first_heard_at() const { return first_heard_at_; }
  // When the newest answered probe or connect left.
  std::optional<TimePoint> last_heard_at() const { return last_heard_at_; }
  // The same without connects: the kernel may send them by another member of a multipath route.
  std::optional<TimePoint> last_probe_heard_at() const { return last_probe_heard_at_; }
  // True when a connect that left at `from` or later was answered. SYNs do not count here.
  bool was_connect_heard(TimePoint from) const {
    return last_connect_heard_at_ && *last_connect_heard_at_ >= from;
  }
  std::uint32_t slices() const { return static_cast<std::uint32_t>(slices_.size()); }
  // The number of whole slices whose witnesses did not answer.
  std::uint32_t unreliable_slices() const;

 private:
  struct Slice {
    std::uint32_t targets_asked = 0;
    std::uint32_t targets_heard = 0;
    std::uint32_t canaries_asked = 0;
    std::uint32_t canaries_heard = 0;
    std::uint32_t routers_heard = 0;
  };
  // The expected and the received answers of some slices together.
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
