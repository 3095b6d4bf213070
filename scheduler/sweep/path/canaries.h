// Those who are asked throughout a sweep to show whether this host can hear.
//
// Given ones (known up, known closed, known unused) and candidates come with the table, and count
// once they have answered in this sweep: one that is down proves nothing against a fleet that
// answers. One that stops answering while others go on does not count any more either. And targets
// that answer in this sweep are taken on until there are enough by every next hop, of different
// groups where there are so many, so that they lie in different failure domains. Each is asked in
// turn, with the attempt number that no target's own ladder uses: a reply's port says that a canary
// was meant.
//
// Threading: one thread.
// Ownership: own list; borrows nothing after construction.
// Units:     monotonic time.
// Errors:    none.
// Cost:      the given ones, and others until there are kCanariesMax; a question every
//            kCanaryInterval, to none more often than every kCanaryRest.
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
inline constexpr std::size_t kCanariesOfHopsMax = 16;  // by all hops together, but two by each
inline constexpr std::size_t kCanariesOfGroupMax = 5;
inline constexpr Duration kCanaryInterval = std::chrono::milliseconds(20);
inline constexpr Duration kCanaryRest = std::chrono::seconds(1);

class Canaries {
 public:
  explicit Canaries(const inventory::TargetTable& table, std::size_t hops = 1);

  // This target of the fleet answered: it may become a canary.
  void offer(ScanIndex target, GroupIndex group, TimePoint now, std::size_t hop = 0);
  bool wants_more(std::size_t hop = 0) const {
    return of_hop_[hop] < of_hop_max_ && members_.size() < kCanariesMax;
  }

  // Known as an address that nothing uses: whatever it says proves nothing.
  bool is_unused(ScanIndex target) const;

  // Whom to ask now, if anybody. Asking is noted by asked().
  std::optional<ScanIndex> due(TimePoint now) const;
  void asked(ScanIndex target, TimePoint now);
  // The kernel took the question.
  void sent(ScanIndex target, TimePoint at, Witnesses& witnesses);
  // Something came back. Returns when its question left, if it was a witness's and there is no
  // doubt which question it answers.
  std::optional<TimePoint> heard(ScanIndex target, capture::ObservationKind kind, TimePoint now,
                                 Witnesses& witnesses);

  // The unused address answered, or a canary not in the way it was known for.
  std::vector<ScanIndex> lying_canaries() const;
  // Of the given ones, those that never answered in this sweep.
  std::vector<ScanIndex> lost() const;
  // All that answered at least once, and those of them that did lately.
  std::uint32_t answering() const;
  std::uint32_t still_answering(TimePoint now) const;

 private:
  struct Member {
    ScanIndex target;
    GroupIndex group;
    inventory::CanaryKind kind = inventory::CanaryKind::kUp;
    bool has_answered = false;
    bool has_lied = false;
    bool is_asked = false;     // the question's notice has not come yet
    bool overtaken = false;    // and its answer was faster
    bool awaits = false;       // sent_at's answer is still due
    bool is_expected = false;  // and counts as missing until it comes
    bool is_alone = false;     // and no older question's, so the next answer is its own
    TimePoint asked_at{};
    TimePoint sent_at{};
    TimePoint heard_at{};
  };

  Member* find(ScanIndex target);
  bool is_witness(const Member& member) const;
  std::vector<ScanIndex> those(auto&& predicate) const;

  std::vector<Member> members_;
  std::vector<std::size_t> of_hop_;  // how many were taken on
  std::size_t of_hop_max_;
  std::size_t next_ = 0;
  TimePoint last_asked_{};
  TimePoint last_heard_{};  // of any
};

}  // namespace rollcall::sweep
