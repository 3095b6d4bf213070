// Decides whether this host could receive replies at a given time, from its own losses and from its
// witnesses.
//
//   host loss samples (own counters)   ──┐
//   witnesses (probed, answered)       ──┼──> judge(from, to): sound, unreliable, or not known yet
//   canaries (probed throughout)       ──┘
//
// Silence counts only from a time in which a reply by the same route would have arrived. Witnesses
// are kept by next hop, because one gateway of two may fail alone. Positive evidence is never
// judged (ADR 12).
//
// Threading: one thread, the scheduler's.
// Ownership: owns its slices and counts; borrows the table while constructing.
// Units:     monotonic time.
// Errors:    a time that is not known yet is kNotYet, never a guess.
// Cost:      a few dozen bytes a slice; judge() reads the slices of its time span.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/clock.h"
#include "scheduler/sweep/path/canaries.h"
#include "scheduler/sweep/path/witnesses.h"

namespace rollcall::sweep {

// The loss on this host, from its own counters, for one slice of time.
struct HostLossSample {
  TimePoint from;
  TimePoint to;
  // Every packet that arrived before this time is in the observation ring by now.
  TimePoint heard_until;
  // This host lost packets, or may have lost some, that concern ...
  bool lost_for_probes = false;    // ... SYNs and replies of our own making
  bool lost_for_connects = false;  // ... the kernel's connects, which need neither our rings nor
                                   // our threads
  bool lost_packets = false;       // a lower rate might have prevented the loss
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
  // True when a reply came by any hop.
  bool anybody_heard() const;
  Canaries& canaries() { return canaries_; }
  const Canaries& canaries() const { return canaries_; }

  // Adds slices in order of time, without gaps. `patience`: how long an answer may take to come.
  void add(const HostLossSample& slice, Duration patience);

  // Could this host have received, until `to`, the answer to a probe or connect sent at `from`?
  Soundness judge(TimePoint from, TimePoint to, ProbeKind question, std::size_t hop = 0) const;

  // Did this host lose packets, or may it have, that concern this kind of probe?
  bool lost_in(TimePoint from, TimePoint to, ProbeKind question) const;

  // Call when connects are answered long after the last SYN was. From now on an answered connect
  // shows that there is no blackout.
  void accept_connects() { accepts_connects_ = true; }

  // True when, as far as is known, there is a blackout, this host just lost packets of connects, or
  // the capture is stalled. Probing now would be useless.
  bool is_degraded() const { return degraded_; }
  // True when the hop's newest known slice had witnesses, and hardly any answered.
  bool is_unreliable(std::size_t hop) const { return unreliable_now_[hop]; }
  // True when is_degraded() is due to missing witnesses, by every route.
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
