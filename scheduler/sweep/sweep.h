// Runs one sweep: probes every target, retries the silent ones, confirms the rest by connects, and
// judges.
//
//   scan order ──┐                         ┌── notices (sent-at) ──> waiting, one FIFO an attempt
//   retries ─────┴─> ProbeRing ─> sender ──┘                                │ expired
//                                          ┌── observations ──> fold <──────┘
//                                          └── connects     ──>  │ action: retry, recheck, settled
//
// All attempts of a number share one timeout, so they expire in the order in which they were sent:
// a FIFO per attempt suffices, without a timer wheel. Silence is counted from the moment the kernel
// took the frame, never from the moment of the request. It counts only when this host could
// receive replies (path_monitor.h). Otherwise the target is probed again, and while the path is
// degraded the sweep starts no connects.
//
// A failed connect counts only when its control answered. A control is a target that is known to
// answer, of the same group if there is one, connected to right after it (controls.h). A group
// whose controls do not answer is limited: it has a rate of its own and delays no other group
// (limited_groups.h). docs/when-silence-counts.md describes the whole model.
//
// When very many targets fall silent at once, sending pauses for a moment before any connect.
//
// Threading: one thread, the scheduler's.
// Ownership: owns states and queues; borrows table, plan, rings and connector, which outlive it.
// Units:     targets; monotonic time, which is always an argument.
// Errors:    a fault of this host never becomes a verdict: such targets end as unknown.
// Cost:      16 bytes a target and 16 a target in flight; one pass over the rings a step. Arrays
//            are in ScanIndex order, so that targets handled together lie together in memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "capture/observation.h"
#include "engine/base/clock.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "engine/send/probe_queue.h"
#include "engine/send/routing/next_hop.h"
#include "scheduler/recheck/tcp_connector.h"
#include "scheduler/sweep/controls.h"
#include "scheduler/sweep/group_rate_limit.h"
#include "scheduler/sweep/limited_groups.h"
#include "scheduler/sweep/limited_memory.h"
#include "scheduler/sweep/path/connect_loss.h"
#include "scheduler/sweep/path/half_open.h"
#include "scheduler/sweep/path/loss_meter.h"
#include "scheduler/sweep/path/path_monitor.h"
#include "scheduler/sweep/rate_control.h"
#include "scheduler/sweep/round_trip.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::sweep {

using namespace std::chrono_literals;

inline constexpr Duration kRound = 1ms;              // between two steps
inline constexpr Duration kSecondSynOfConnect = 1s;  // from the kernel, after a connect's first

struct Waits {
  Duration first = 400ms;             // for an answer to attempt 0
  Duration later = 800ms;             // to each later one
  Duration connect = 2500ms;          // long enough for the kernel's own second SYN, at +1 s
  Duration between_connects = 200ms;  // to one target
  bool linear_syns = true;            // the kernel repeats a connect's SYN every second at first
  bool adapt = false;                 // shorten them according to the measured round trips
};

struct SweepOptions {
  Epoch epoch;
  verdict::Policy policy;
  PacketRate rate;             // of first attempts, or the maximum if `auto_rate`; see even_rate()
  PacketRate group_rate{500};  // to one group, everything included
  PacketRate rate_limit{1e9};  // of SYNs in all, those of connects included
  Waits waits;
  std::optional<Address> recheck_source;  // nullopt: as the kernel chooses
  // Connects leave through this interface only, as the probes do; 0: as the kernel routes.
  std::uint32_t recheck_interface = 0;
  // Start at this rate and find the highest one up to `rate` without loss; nullopt: use `rate`.
  std::optional<PacketRate> auto_rate;
  // Judge the path: probe canaries, and count silence only when replies could reach this host.
  // Requires note_host_loss() every kSlice. False: the path needs no proof (a simulation).
  bool judge_path = false;
  // How long the sweep continues with limited groups, and with connects without proof, after all
  // other targets are settled.
  Duration limited_patience = 10s;
  // By GroupIndex: the share to probe of groups that were limited recently; empty: all.
  std::vector<GroupQuota> quotas;
};

struct Progress {
  std::uint64_t probes_sent = 0;
  std::uint32_t targets = 0;
  std::uint32_t asked = 0;  // probed at least once
  std::uint32_t settled = 0;
  std::uint32_t answering = 0;   // open or closed
  std::uint32_t rechecking = 0;  // waiting for or in a full connect
};

class Sweep {
 public:
  struct SweepIo {
    const inventory::TargetTable& table;
    const send::RoutePlan& routes;
    send::ProbeRing& requests;
    send::NoticeRing& notices;
    capture::ObservationRing& observations;
    recheck::TcpConnector& connector;
  };
  Sweep(const SweepIo& wires, const SweepOptions& options, TimePoint start);

  // Processes all queues once. Returns when to call again.
  TimePoint step(TimePoint now);
  bool done() const;

  // Adds the host loss since the last call, from this host's own counters.
  void note_host_loss(const HostLossSample& slice);
  // The rate at which to send SYNs now.
  PacketRate rate() const;

  // Sends no further probe. Replies to outstanding probes are still received, for at most one
  // timeout.
  void interrupt();
  // The path was degraded for so long that the sweep ended itself, as by interrupt().
  bool gave_up() const { return gave_up_; }
  // The sweep ended itself because the expected witnesses did not answer.
  bool was_blackout() const { return was_blind_; }
  // The sweep ended itself because targets repeat their SYN-ACKs: this host's RSTs do not reach
  // them.
  bool leaves_half_open() const { return half_open_.is_proven(); }

  // The time of the newest step.
  TimePoint now() const { return now_; }
  Progress progress() const;
  const PathMonitor& path() const { return path_; }
  std::uint32_t canaries_still_answering() const { return path_.canaries().still_answering(now_); }
  // If very many targets fell silent at once and sending paused: the number of doubted targets.
  std::uint32_t fell_silent_at_once() const { return breaker_tripped_ ? doubted_ : 0; }
  // Groups that answer fewer new connections than the sweep sent.
  const LimitedGroups& limited() const { return limited_; }
  // Groups that were limited recently and do not answer at all.
  std::vector<GroupIndex> waiting_for_their_limit() const;
  // Groups of which no member answered, while this host may have lost the answers to the first
  // SYNs. The lost answers may have used up a limit of the server.
  std::vector<GroupIndex> spent_unheard() const;
  // Targets that the quota of their group left out, and those groups.
  bool is_held_back(ScanIndex target) const;
  std::uint32_t held_back() const { return held_back_; }
  std::vector<GroupIndex> held_back_groups() const;
  // By GroupIndex. Requires: before finish().
  std::vector<GroupTally> tallies() const;
  // True when the time ended before all targets of the limited groups were probed at their rate.
  bool limited_ran_out() const { return limited_ran_out_; }
  // Controls that accept SYNs but whose connects are refused: a rule on this host refuses them.
  std::uint32_t contradicted_controls() const { return contradicted_; }
  // Connects to silent targets that a socket of this host accepted: a NAT rule redirected them.
  std::uint32_t led_here() const { return led_here_; }
  // True when the sweep connected to targets that answer SYNs, and no connect was answered.
  bool no_control_answered() const {
    return controls_answered_ == 0 && controls_failed_ >= kControlsToTell;
  }
  // The worst loss of any egress: the share of answering targets that lost their first SYN while
  // this host lost nothing itself.
  double loss() const;
  // True when the kernel's connects pass while most SYNs of the sweep are lost: the path filters.
  bool connects_pass_alone() const;
  // True when the loss is so large that no permitted number of connects makes silence certain.
  bool too_lossy() const { return too_lossy_ > 0; }

  // Hops that share interface, gateway and family are one egress: they share witnesses.
  std::size_t egresses() const { return path_.hops(); }
  std::uint16_t egress_of_hop(std::uint16_t hop) const { return egress_of_hop_[hop]; }
  // Egresses by which targets were probed, and no SYN or connect was ever answered.
  std::vector<std::uint16_t> silent_egresses() const;
  bool any_egress_heard() const { return path_.anybody_heard(); }
  // Counts silence by this egress although no target answered: its next hop was proven alive.
  void believe_silence(std::uint16_t egress) { is_believed_[egress] = true; }
  bool believes_any_silence() const {
    return std::ranges::find(is_believed_, true) != is_believed_.end();
  }

  // Call when the path of these targets proves unsound: their silence does not count.
  void distrust(const std::function<bool(ScanIndex)>& affected);

  // Judges. `path` holds the figures that other parts counted; the sweep adds its own. Requires:
  // not called before. Leaves the sweep without its states.
  SweepResult finish(TimePoint now, PathFigures path = {});

 private:
  struct Waiting {
    TimePoint since;
    ScanIndex target;
  };
  // A connect that has ended, and waits for its control and for the judgement of the path.
  struct EndedConnect {
    TimePoint from;
    TimePoint to;
    ScanIndex target;
    verdict::Event event;
    std::uint32_t control;  // kNoControl: no target that could be a control had answered
  };
  // A SYN that timed out before it was known whether replies could reach this host.
  struct UnjudgedSyn {
    TimePoint from;
    TimePoint to;
    ScanIndex target;
    Attempt attempt = 0;
  };
  enum class ControlEnd : std::uint8_t { kPending, kAnswered, kLate, kFailed, kContradicted };
  struct Control {
    ScanIndex target;
    Controls::Level level = Controls::Level::kGroup;
    TimePoint asked_at;
    ControlEnd end = ControlEnd::kPending;
    std::uint32_t users = 0;
  };
  static constexpr std::uint32_t kControlsToTell = 3;
  // How long the path may be degraded, with nothing left to probe, before the sweep ends.
  static constexpr Duration kTroublePatience = std::chrono::seconds(15);
  // After this long a blackout, try a connect: perhaps the path drops only SYNs of the sweep.
  static constexpr Duration kTrialAfter = std::chrono::seconds(8);
  // Connects take at most this share of the rate while SYNs are sent as well.
  static constexpr double kConnectShare = 0.5;
  struct NewControl {
    Controls::Choice choice;
    GroupIndex group;  // of the doubted target
    std::uint16_t egress = 0;
    Duration timeout{};
    std::uint32_t id = 0;
  };
  static constexpr std::uint32_t kNoControl = 0;
  // A bit in the ScanIndex that the connector gets: this connect is a control, the rest its number.
  static constexpr std::uint32_t kControlMark = std::uint32_t{1} << 31;

  void refuse_unroutable();
  void hold_back();
  void take_notices();
  void take_notice(const send::SentNotice& notice);
  void take_observations(TimePoint now);
  void take_observation(const capture::Observation& observation, TimePoint now);
  void note_answer(verdict::TargetProgress& state, const capture::Observation& observation);
  void note_repeat(const verdict::TargetProgress& state, const capture::Observation& observation);
  void note_rtt(verdict::TargetProgress& state, const capture::Observation& observation);
  void take_connects(TimePoint now);
  void end_control(std::uint32_t id, verdict::Event event, TimePoint now);
  void judge_connects(TimePoint now);
  void judge_connect(const EndedConnect& ended, TimePoint now);
  void without_proof(const EndedConnect& ended, const Control& control, TimePoint now);
  void release_control(std::uint32_t id);
  void note_alive(ScanIndex target, TimePoint asked_at);
  void note_connected(ScanIndex target, TimePoint asked_at, TimePoint now);
  bool waits_for_its_limit(GroupIndex group) const;
  bool may_be_spent_unheard(GroupIndex group) const;
  bool order_shows_a_ration(GroupIndex group) const;
  void end_limited(TimePoint now);
  void expire(TimePoint now);
  void judge_silence();
  void note_silence(ScanIndex target, TimePoint from, TimePoint to);
  void expire_attempts(Attempt attempt, TimePoint now);
  void fold(ScanIndex target, verdict::Event event, Attempt attempt, TimePoint now);
  void settle(ScanIndex target);
  void doubt(ScanIndex target, TimePoint now);
  void begin_anew_once_heard();
  void begin_anew(std::uint16_t egress);
  bool ask_anew(ScanIndex target);

  void offer_canary(TimePoint now);
  void offer_probes(TimePoint now);
  void offer(ScanIndex target, TimePoint now);
  std::optional<ScanIndex> next_to_ask(TimePoint now);
  std::optional<ScanIndex> next_first();
  std::optional<ScanIndex> next_retry(TimePoint now);
  void start_connects(TimePoint now);
  void try_connect(TimePoint now);
  void start_connect(ScanIndex target, TimePoint now);
  void want_control(ScanIndex doubted, std::uint16_t egress, Duration timeout, TimePoint now);
  void start_controls(TimePoint now);
  Duration connect_interval() const;
  bool is_asking() const { return next_first_ < states_.size() || !retries_.empty(); }
  bool may_connect() const;
  bool is_degraded() const { return options_.judge_path && path_.is_degraded(); }
  bool is_blackout() const { return options_.judge_path && path_.is_blackout(); }
  void give_up_on_trouble(TimePoint now);

  Duration patience(Attempt attempt) const;
  Duration connect_patience(std::size_t round, std::uint16_t egress) const;
  void follow_loss(const HostLossSample& slice);
  double loss_of(GroupIndex group, std::uint16_t egress) const;
  int rounds_wanted(ScanIndex target) const;
  int rounds_by_connects(std::uint16_t egress, int syns) const;
  bool are_syns_filtered(std::uint16_t egress) const;
  verdict::Policy policy_for(verdict::Event event, ScanIndex target);
  std::optional<Address> source_for(const Address& peer) const;
  std::uint32_t micros(TimePoint at) const;
  TimePoint asked_at(const verdict::TargetProgress& state) const;
  std::uint16_t egress_of(ScanIndex target) const {
    return egress_of_hop_[wires_.routes.hop_of(target)];
  }
  // True for an address of this host itself: its SYNs and connects leave through lo.
  bool is_of_this_host(ScanIndex target) const {
    return wires_.routes.hops()[wires_.routes.hop_of(target)].interface == "lo";
  }
  Witnesses& witnesses_of(ScanIndex target);
  bool is_hopeless() const;
  void disregard_the_unproven();
  void fill_path(PathFigures& path) const;
  void fill_rtt(PathFigures& path) const;

  SweepIo wires_;
  SweepOptions options_;
  TimePoint start_;
  TimePoint now_;
  std::uint32_t next_first_ = 0;                 // the ScanIndex of the next first attempt
  std::vector<verdict::TargetProgress> states_;  // by ScanIndex
  GroupRateLimit group_limit_;
  std::vector<std::uint16_t> egress_of_hop_;
  PathMonitor path_;
  std::vector<LossMeter> loss_;            // by egress
  std::vector<ConnectLoss> connect_loss_;  // by egress
  std::vector<bool> is_believed_;          // by egress
  Controls controls_;
  LimitedGroups limited_;
  RateControl rate_control_;
  RoundTrip round_trip_;
  HalfOpen half_open_;

  std::array<std::deque<Waiting>, kAttemptsMax> waiting_;  // by attempt, in order of sending
  std::deque<ScanIndex> retries_;
  std::deque<ScanIndex> rechecks_;  // ready for a connect
  std::deque<Waiting> rechecks_later_;
  std::deque<UnjudgedSyn> unjudged_;                             // ordered by `to`
  std::deque<EndedConnect> ended_connects_;                      // not judged yet, ordered by `to`
  std::unordered_map<std::uint32_t, Control> control_;           // by number
  std::unordered_map<std::uint32_t, std::uint32_t> control_of_;  // of connects in progress
  std::vector<NewControl> new_controls_;                         // of this round
  std::vector<TimePoint> next_control_at_;                       // of egress controls, by egress
  std::uint32_t last_control_ = kNoControl;
  std::size_t outstanding_ = 0;  // requests without their notice

  std::vector<bool> was_heard_;  // by egress
  bool interrupted_ = false;
  bool gave_up_ = false;
  bool was_blind_ = false;
  bool breaker_tripped_ = false;
  TimePoint paused_until_{};
  TimePoint next_connect_at_{};  // keeps connects within their share of the rate
  TimePoint next_keepalive_at_{};
  TimePoint next_trial_at_{};
  TimePoint next_canary_at_{};
  std::optional<TimePoint> held_since_;
  TimePoint checked_at_{};                        // of end_limited()
  TimePoint asked_until_{};                       // the last first SYN or retry
  Duration trouble_left_ = 2 * kTroublePatience;  // total degraded time that may delay the end
  TimePoint progress_at_{};  // when a target last settled, or a connect last counted; not limited
  bool limited_ran_out_ = false;
  std::uint32_t contradicted_ = 0;
  std::uint32_t led_here_ = 0;
  std::uint32_t too_lossy_ = 0;  // targets that no number of connects could settle
  std::uint32_t doubted_ = 0;    // silent to every SYN
  std::uint32_t settled_ = 0;
  std::uint32_t held_back_ = 0;
  std::uint32_t answering_ = 0;
  std::uint64_t probes_sent_ = 0;  // to targets
  std::uint64_t canary_probes_ = 0;
  std::uint32_t canary_epochs_ = 0;  // see SweepResult
  std::uint64_t replies_ = 0;
  std::uint64_t first_answers_ = 0;  // to the first probe whose reply could arrive
  std::uint64_t later_answers_ = 0;  // after an earlier SYN had timed out
  std::uint64_t late_ = 0;
  std::uint64_t duplicates_ = 0;
  RateSlice counted_;  // the sums above as they were after the previous slice
  // By group: targets that answered their first SYN, and targets that answered a later one or a
  // connect. Counts SYN-ACKs only, because many hosts limit their RSTs.
  struct GroupLoss {
    std::uint32_t first = 0;
    std::uint32_t later = 0;
    std::uint32_t later_still = 0;  // part of `later`: lost their second SYN as well
    // SYNs whose answers this host may have lost itself. Counted while `silent` is below
    // kSilentToTell.
    std::uint32_t unheard = 0;
    std::uint32_t silent = 0;  // unanswered SYNs whose replies would have arrived

    void later_answered(int timeouts) {
      later += timeouts > 0;
      later_still += timeouts > 1;
    }
  };
  std::vector<GroupLoss> group_loss_;
  std::uint32_t connects_started_ = 0;
  std::uint32_t controls_answered_ = 0;
  std::uint32_t controls_failed_ = 0;
  std::uint32_t connect_syns_ = 0;      // of this slice
  double connect_syns_per_second_ = 0;  // of the slice before
  // For the rate: the time span of the first attempts, and the probes sent by its end and at its
  // very start.
  std::optional<TimePoint> first_sent_at_;
  TimePoint last_first_sent_at_;
  std::uint64_t sent_in_span_ = 0;
  std::uint64_t sent_at_start_ = 0;
};

// The number of SYNs that the kernel sends within a connect of this timeout. At first it sends one
// a second (net.ipv4.tcp_syn_linear_timeouts). Before Linux 6.5 it repeats the SYN after 1, 3, 7 s.
std::uint32_t syns_of_connect(Duration timeout, bool linear);

// The rate of first attempts at which an evenly spread sweep probes no group faster than
// `group_rate`. It is `rate`, or less when one group is so large that it alone needs longer.
// Targets without a route are not probed and do not count; without `routes` all count.
PacketRate even_rate(const inventory::TargetTable& table, PacketRate rate, PacketRate group_rate,
                     const send::RoutePlan* routes = nullptr);

// Whether the group rate makes sending take at least a second longer than `rate` would.
bool is_slowed_by_group_rate(const inventory::TargetTable& table, PacketRate rate,
                             PacketRate group_rate, const send::RoutePlan* routes = nullptr);

}  // namespace rollcall::sweep
