// One sweep: ask everybody, ask the silent again, confirm what is still silent, judge.
//
//   scan order ──┐                         ┌── notices (sent-at) ──> waiting, one FIFO an attempt
//   retries ─────┴─> ProbeRing ─> sender ──┘                                │ expired
//                                          ┌── observations ──> fold <──────┘
//                                          └── connects     ──>  │ action: ask again, recheck,
//                                          settled
//
// All first attempts share one timeout, so expiry order is send order: a FIFO per attempt, no timer
// wheel. Silence is counted from the moment the kernel took the frame, never from when we wished to
// send it.
//
// Threading: one thread, the scheduler's.
// Ownership: owns states and queues; borrows table, plan, rings and connector, which outlive it.
// Units:     targets; monotonic time, which is always an argument.
// Errors:    trouble of this host never becomes a verdict: such targets end as unknown.
// Cost:      16 bytes a target and 16 a target in flight; one pass over the rings a step.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "capture/observation.h"
#include "engine/base/clock.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "engine/send/next_hop.h"
#include "engine/send/probe_queue.h"
#include "scheduler/recheck/tcp_connector.h"
#include "scheduler/sweep/group_gate.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::sweep {

using namespace std::chrono_literals;

inline constexpr Duration kRound = 1ms;  // between two steps

struct Waits {
  Duration first = 400ms;             // for an answer to attempt 0
  Duration later = 800ms;             // to each later one
  Duration connect = 2500ms;          // long enough for the kernel's own second SYN, at +1 s
  Duration between_connects = 300ms;  // to one target
};

struct SweepOptions {
  Epoch epoch;
  verdict::Policy policy;
  PacketRate rate;             // of first attempts; see even_rate()
  PacketRate group_rate{500};  // to one group, everything included
  Waits waits;
  std::optional<Address> recheck_source;  // as the kernel chooses when absent
};

struct Progress {
  std::uint64_t probes_sent = 0;
  std::uint32_t targets = 0;
  std::uint32_t asked = 0;  // at least once
  std::uint32_t settled = 0;
  std::uint32_t answering = 0;   // open or closed
  std::uint32_t rechecking = 0;  // waiting for or in a full connect
};

class Sweep {
 public:
  struct Wires {
    const inventory::TargetTable& table;
    const send::RoutePlan& routes;
    send::ProbeRing& requests;
    send::NoticeRing& notices;
    capture::ObservationRing& observations;
    recheck::TcpConnector& connector;
  };
  // `order` holds every target once.
  Sweep(const Wires& wires, std::vector<TargetIndex> order, const SweepOptions& options,
        TimePoint start);

  // One round over all queues. Returns when to call again.
  TimePoint step(TimePoint now);
  bool done() const;

  // No further question is asked; answers to those under way are still heard, for at most one
  // timeout.
  void interrupt();

  Progress progress() const;

  // The path of these targets was not sound after all: their silence does not count.
  void distrust(const std::function<bool(TargetIndex)>& affected);

  // Judges. `path` holds what others counted; the sweep adds its own. Requires: not called before;
  // leaves the sweep without its states.
  SweepResult finish(TimePoint now, PathFigures path = {});

 private:
  struct Waiting {
    TimePoint due;
    TargetIndex target;
  };

  void refuse_unroutable();
  void take_notices();
  void take_notice(const send::SentNotice& notice);
  void take_observations(TimePoint now);
  void take_observation(const capture::Observation& observation, TimePoint now);
  void note_rtt(verdict::TargetState& state, const capture::Observation& observation);
  void take_connects(TimePoint now);
  void expire(TimePoint now);
  void offer_probes(TimePoint now);
  std::optional<TargetIndex> next_to_ask(TimePoint now);
  std::optional<TargetIndex> next_retry(TimePoint now);
  void start_connects(TimePoint now);
  std::optional<Address> source_for(const Address& peer) const;
  void fold(TargetIndex target, verdict::Event event, Attempt attempt, TimePoint now);
  std::uint32_t micros(TimePoint at) const;
  void fill_rtt(PathFigures& path) const;

  Wires wires_;
  SweepOptions options_;
  TimePoint start_;
  std::vector<TargetIndex> order_;
  std::size_t next_first_ = 0;  // position in order_
  std::vector<verdict::TargetState> states_;
  GroupGate gate_;

  std::array<std::deque<Waiting>, kAttemptsMax> waiting_;  // by attempt, by due time
  std::deque<TargetIndex> retries_;
  std::deque<TargetIndex> rechecks_;  // ready for a connect
  std::deque<Waiting> rechecks_later_;
  std::size_t outstanding_ = 0;  // requests without their notice
  std::size_t outstanding_max_;

  bool interrupted_ = false;
  std::uint32_t settled_ = 0;
  std::uint32_t answering_ = 0;
  std::uint32_t unrouted_ = 0;
  std::uint64_t probes_sent_ = 0;
  std::uint64_t replies_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t duplicates_ = 0;
  // For the rate: the span of the first attempts and what was sent within it.
  std::optional<TimePoint> first_sent_at_;
  TimePoint last_first_sent_at_;
  std::uint64_t sent_in_span_ = 0;
};

// The rate of first attempts at which an evenly spread sweep asks no group faster than
// `group_rate`: `rate` itself, or less when one group is so large that it alone needs longer.
// Targets without a route are not asked and do not count; without `routes` all do.
PacketRate even_rate(const inventory::TargetTable& table, PacketRate rate, PacketRate group_rate,
                     const send::RoutePlan* routes = nullptr);

}  // namespace rollcall::sweep
