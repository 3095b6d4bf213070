// Whether this host could hear: what it lost itself and what its witnesses showed, put together.
//
//   own slices (what counters say) ──┐
//   witnesses (who answered)       ──┼──> judge(from, to): sound, deaf, or not known yet
//   canaries (asked throughout)    ──┘
//
// Silence counts only from a time in which an answer would have been heard, and heard by the same
// way: witnesses are kept by next hop, since one gateway of two may go dark alone. Positive
// evidence is never judged.
//
// Threading: one thread, the scheduler's.
// Ownership: owns its slices and counts; borrows the table while constructing.
// Units:     monotonic time.
// Errors:    what is not known is kNotYet, never a guess.
// Cost:      a few dozen bytes a slice; judge() looks at the slices of its span.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/clock.h"
#include "scheduler/sweep/path/canaries.h"
#include "scheduler/sweep/path/witnesses.h"

namespace rollcall::sweep {

// What this host's own counters say of a stretch of time.
struct HostLossSample {
  TimePoint from;
  TimePoint to;
  // Everything that arrived before is in the observation ring by now.
  TimePoint heard_until;
  // Something of ours was lost, or may have been, that concerns ...
  bool lost_for_probes = false;    // ... SYNs and replies of our own making
  bool lost_for_connects = false;  // ... the kernel's connects, which need neither our rings nor
                                   // our threads
  bool lost_packets = false;       // a lower rate might have kept them
};

enum class ProbeKind : std::uint8_t { kProbe, kConnect };
enum class Soundness : std::uint8_t { kNotYet, kSound, kUnreliable };

class PathMonitor {
 public:
  PathMonitor(const inventory::TargetTable& table, TimePoint start, std::size_t hops = 1)
      : by_hop_(std::max<std::size_t>(1, hops), Witnesses(start)),
        canaries_(table, hops),
        start_(start),
        unreliable_now_(by_hop_.size()) {}

  std::size_t hops() const { return by_hop_.size(); }
  Witnesses& witnesses(std::size_t hop = 0) { return by_hop_[hop]; }
  const Witnesses& witnesses(std::size_t hop = 0) const { return by_hop_[hop]; }
  // By any way.
  bool anybody_heard() const;
  Canaries& canaries() { return canaries_; }
  const Canaries& canaries() const { return canaries_; }

  // In the order of time, without gaps. `patience`: how long an answer may take to come.
  void add(const HostLossSample& slice, Duration patience);

  // Could the answer to a question asked at `from` have been heard until `to`?
  Soundness judge(TimePoint from, TimePoint to, ProbeKind question, std::size_t hop = 0) const;

  // Was something of ours lost, or may it have been, that concerns such questions?
  bool lost_in(TimePoint from, TimePoint to, ProbeKind question) const;

  // Connects were answered long after the last SYN was: from now on those that are answered show
  // that this host is not blind.
  void accept_connects() { accepts_connects_ = true; }

  // As far as is known, the newest slice was deaf to connects, or the capture stands still: asking
  // now would be in vain.
  bool is_degraded() const { return degraded_; }
  // Its newest known slice had witnesses, and hardly any was heard.
  bool is_unreliable(std::size_t hop) const { return unreliable_now_[hop]; }
  // Troubled because of missing witnesses, by every way.
  bool is_blackout() const { return blackout_; }

  std::uint32_t slices() const { return static_cast<std::uint32_t>(slices_.size()); }
  std::uint32_t unsound_slices() const;

 private:
  bool is_unreliable(TimePoint from, TimePoint to) const;

  std::vector<Witnesses> by_hop_;
  Canaries canaries_;
  TimePoint start_;
  std::vector<HostLossSample> slices_;
  TimePoint known_until_{};
  std::vector<bool> unreliable_now_;  // by hop
  bool degraded_ = false;
  bool blackout_ = false;
  bool accepts_connects_ = false;
};

}  // namespace rollcall::sweep
