// Chooses the canaries: targets that the sweep probes repeatedly to prove that replies reach this
// host.
//
// Configured canaries (known up, known closed, known unused) and candidates come with the table.
// They count once they have answered in this sweep: a canary that is down proves nothing while the
// fleet answers. A canary that stops answering while others still answer no longer counts. Targets
// that answer in this sweep are added until there are enough behind every next hop. They come from
// different groups if there are enough groups, so they lie in different failure domains.
//
// The sweep probes canaries in rotation, with an attempt number that no target's own attempts use.
// So the port of a reply shows that it belongs to a canary probe.
//
// Threading: one thread.
// Ownership: own list; borrows nothing after construction.
// Units:     monotonic time.
// Cost:      the configured canaries, and others until there are kCanariesMax. One probe every
//            kCanaryInterval; each canary at most once every kCanaryRest.
#pragma once

#include <optional>
#include <vector>

#include "capture/observation.h"
#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"
#include "engine/packet/port_schedule.h"
#include "scheduler/sweep/path/witnesses.h"

namespace rollcall::sweep {

using packet::kCanaryAttempt;
inline constexpr std::size_t kCanariesMax = 64;
inline constexpr std::size_t kCanariesOfHopsMax = 16;  // for all hops together, but two for each
inline constexpr std::size_t kCanariesOfGroupMax = 5;
inline constexpr Duration kCanaryInterval = std::chrono::milliseconds(20);
inline constexpr Duration kCanaryRest = std::chrono::seconds(1);

class Canaries {
 public:
  explicit Canaries(const inventory::TargetTable& table, std::size_t hops = 1);

  // Call when a target of the fleet answered: it may become a canary.
  void offer(ScanIndex target, GroupIndex group, TimePoint now, std::size_t hop = 0);
  bool wants_more(std::size_t hop = 0) const {
    return of_hop_[hop] < of_hop_max_ && members_.size() < kCanariesMax;
  }

  // True for an address that is known to be unused: its replies prove nothing.
  bool is_unused(ScanIndex target) const;

  // The canary to probe now, if any. The caller reports the probe with asked().
  std::optional<ScanIndex> due(TimePoint now) const;
  void asked(ScanIndex target, TimePoint now);
  // Call when the kernel has taken the probe.
  void sent(ScanIndex target, TimePoint at, Witnesses& witnesses);
  // Call on every reply. Returns when the probe left, if the canary is a witness and it is certain
  // which probe the reply answers.
  std::optional<TimePoint> heard(ScanIndex target, capture::ObservationKind kind, TimePoint now,
                                 Witnesses& witnesses);

  // Unused addresses that answered, and closed ones that accepted: another host answers for them.
  std::vector<ScanIndex> lying_canaries() const;
  // Configured canaries that never answered in this sweep.
  std::vector<ScanIndex> lost() const;
  // answering(): canaries that answered at least once; still_answering(): those that did recently.
  std::uint32_t answering() const;
  std::uint32_t still_answering(TimePoint now) const;

 private:
  struct Member {
    ScanIndex target;
    GroupIndex group;
    inventory::CanaryKind kind = inventory::CanaryKind::kUp;
    bool has_answered = false;
    bool has_lied = false;
    bool is_asked = false;     // the sender has not confirmed the newest probe yet
    bool overtaken = false;    // and its reply came before that confirmation
    bool awaits = false;       // the reply to the probe of sent_at is outstanding
    bool is_expected = false;  // and counts as missing until it comes
    bool is_alone = false;     // no older reply is outstanding, so the next reply is for this probe
    TimePoint asked_at{};
    TimePoint sent_at{};
    TimePoint heard_at{};
  };

  Member* find(ScanIndex target);
  bool is_witness(const Member& member) const;
  std::vector<ScanIndex> those(auto&& predicate) const;

  std::vector<Member> members_;
  std::vector<std::size_t> of_hop_;  // canaries added, by hop
  std::size_t of_hop_max_;
  std::size_t next_ = 0;
  TimePoint last_asked_{};
  TimePoint last_heard_{};  // newest reply of any canary
};

}  // namespace rollcall::sweep
