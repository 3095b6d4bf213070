#include "scheduler/sweep/sweep.h"

#include <algorithm>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/large_pages.h"

namespace rollcall::sweep {
namespace {

using capture::Observation;
using capture::ObservationKind;
using verdict::Action;
using verdict::Event;
using verdict::Evidence;
using verdict::Phase;
using verdict::TargetProgress;
using verdict::TargetVerdict;

// This many entries are taken from a ring at once.
constexpr std::size_t kBlock = 32;

Event event_of(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::kSynAck:
      return Event::kSynAck;
    case ObservationKind::kRst:
      return Event::kRst;
    case ObservationKind::kBusy:
      return Event::kBusy;
    case ObservationKind::kRejected:
      return Event::kRejected;
    case ObservationKind::kUnreachable:
      break;
  }
  return Event::kIcmpUnreachable;
}

// True when a router reports on one host: it does not answer ARP, or refuses the port. "No route"
// and "prohibited" come from a router that has lost its own route. They do not prove that replies
// reach this host.
bool speaks_of_the_host(const Observation& observation, const Address& peer) {
  const std::uint8_t code = observation.icmp_code;
  return peer.is_v4() ? code == 1 || code == 3 : code == 3 || code == 4;  // RFC 792, RFC 4443
}

bool answers(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

// Maps hops to egresses. On-link subnets of one interface, and source addresses behind one gateway,
// share the proof of an answer. Address families do not.
std::vector<std::uint16_t> egresses_of(const send::RoutePlan& routes) {
  std::vector<std::uint16_t> egress_of_hop;
  std::vector<const send::NextHop*> egresses;
  for (const send::NextHop& hop : routes.hops()) {
    const auto known = std::ranges::find_if(egresses, [&hop](const send::NextHop* other) {
      return other->interface_index == hop.interface_index && other->gateway == hop.gateway &&
             other->self.is_v4() == hop.self.is_v4();
    });
    egress_of_hop.push_back(static_cast<std::uint16_t>(known - egresses.begin()));
    if (known == egresses.end()) egresses.push_back(&hop);
  }
  return egress_of_hop;
}

std::size_t count_of(const std::vector<std::uint16_t>& egress_of_hop) {
  return egress_of_hop.empty() ? 1 : std::size_t{*std::ranges::max_element(egress_of_hop)} + 1;
}

}  // namespace

PacketRate even_rate(const inventory::TargetTable& table, PacketRate rate, PacketRate group_rate,
                     const send::RoutePlan* routes) {
  std::vector<std::uint32_t> asked(table.groups().size());
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (routes != nullptr && routes->hop_of({i}) == send::RoutePlan::kNoHop) continue;
    ++asked[table.at({i}).group.value];
  }
  const double total = std::accumulate(asked.begin(), asked.end(), 0.0);
  const double largest = std::max(1u, *std::ranges::max_element(asked));
  return {std::min(rate.per_second, std::max(1.0, group_rate.per_second * total / largest))};
}

bool is_slowed_by_group_rate(const inventory::TargetTable& table, PacketRate rate,
                             PacketRate group_rate, const send::RoutePlan* routes) {
  constexpr double kWorthSayingSeconds = 1;
  const double even = even_rate(table, rate, group_rate, routes).per_second;
  return table.size() / even - table.size() / rate.per_second >= kWorthSayingSeconds;
}

Sweep::Sweep(const SweepIo& wires, const SweepOptions& options, TimePoint start)
    : wires_(wires),
      options_(options),
      start_(start),
      group_limit_(wires.table.groups().size() + 1, options.group_rate, kRound),
      egress_of_hop_(egresses_of(wires.routes)),
      path_(wires.table, start, count_of(egress_of_hop_)),
      loss_(path_.hops()),
      connect_loss_(path_.hops()),
      is_believed_(path_.hops()),
      controls_(wires.table.groups().size() + 1, path_.hops()),
      rate_control_(options.auto_rate.value_or(options.rate), options.rate),
      next_control_at_(path_.hops()),
      was_heard_(path_.hops()),
      group_loss_(wires.table.groups().size()) {
  reserve_large(states_, wires.table.size());
  states_.resize(wires.table.size());
  ROLLCALL_CHECK(options.policy.attempts <= verdict::kLadderMax);
  refuse_unroutable();
  hold_back();
}

// A target without a route gets no probe and no connect. That is a fault of this host's path, so
// the target is settled as never probed, and its verdict is unknown.
void Sweep::refuse_unroutable() {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (wires_.routes.hop_of({i}) != send::RoutePlan::kNoHop) continue;
    states_[i].phase = Phase::kSettled;
    states_[i].syn_evidence = static_cast<std::uint32_t>(Evidence::kNotSent);
    ++settled_;
  }
}

// Settles the targets that their group's quota leaves out as never probed, so they are unknown.
void Sweep::hold_back() {
  for (std::size_t i = 0; i < options_.quotas.size(); ++i) {
    const GroupQuota& quota = options_.quotas[i];
    const inventory::Group& group = wires_.table.groups()[i];
    for (std::uint32_t n = quota.targets; n < group.targets; ++n) {
      const std::uint32_t row = group.first + (quota.first + n) % group.targets;
      TargetProgress& state = states_[wires_.table.place_of({row}).value];
      if (state.phase == Phase::kSettled) continue;  // no route leads there
      state.phase = Phase::kSettled;
      state.syn_evidence = static_cast<std::uint32_t>(Evidence::kNotSent);
      ++settled_;
      ++held_back_;
    }
  }
}

bool Sweep::is_held_back(ScanIndex target) const {
  const TargetProgress& state = states_[target.value];
  return state.phase == Phase::kSettled && state.attempts == 0 && state.rounds == 0;
}

TimePoint Sweep::step(TimePoint now) {
  now_ = now;
  take_notices();
  take_observations(now);
  begin_anew_once_heard();
  take_connects(now);
  judge_connects(now);
  expire(now);
  give_up_on_trouble(now);
  end_limited(now);
  if (!interrupted_) {
    offer_canary(now);
    offer_probes(now);
    start_connects(now);
  }
  return now + kRound;
}

bool Sweep::done() const {
  if (!interrupted_) return settled_ == states_.size();
  return std::ranges::all_of(waiting_, [](const auto& queue) { return queue.empty(); });
}

void Sweep::interrupt() {
  interrupted_ = true;
}

std::uint32_t Sweep::micros(TimePoint at) const {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(at - start_).count());
}

// Correct for 71 minutes back (32 bits of microseconds), however long the sweep has been running.
TimePoint Sweep::asked_at(const TargetProgress& state) const {
  return now_ - std::chrono::microseconds(std::uint32_t{micros(now_) - state.sent_at_us});
}

Witnesses& Sweep::witnesses_of(ScanIndex target) {
  return path_.witnesses(egress_of(target));
}

void Sweep::take_notices() {
  std::array<send::SentNotice, kBlock> block;
  // Entries that arrive meanwhile belong to the next round, so this loop ends.
  for (std::size_t left = wires_.notices.read_available(); left > 0;) {
    const std::size_t count = wires_.notices.pop(block.data(), std::min(left, block.size()));
    left -= count;
    for (std::size_t i = 0; i < count; ++i) {
      block[i].at = std::min(block[i].at, now_);  // this thread may have stalled since now_
      take_notice(block[i]);
    }
  }
}

void Sweep::take_notice(const send::SentNotice& notice) {
  --outstanding_;
  if (notice.attempt == kCanaryAttempt) {
    canary_probes_ += notice.sent;
    if (notice.sent) path_.canaries().sent(notice.target, notice.at, witnesses_of(notice.target));
    return;
  }
  TargetProgress& state = states_[notice.target.value];
  if (!notice.sent) {
    fold(notice.target, Event::kNotSent, notice.attempt, notice.at);
    return;
  }
  ++probes_sent_;
  if (notice.attempt == 0) {
    if (!first_sent_at_) first_sent_at_ = notice.at;
    if (notice.at == *first_sent_at_) sent_at_start_ = probes_sent_;
    last_first_sent_at_ = notice.at;
    sent_in_span_ = probes_sent_;
    witnesses_of(notice.target).target_asked(notice.at);
  }
  const bool newest = notice.attempt + 1 == state.attempts;
  if (newest && state.rtt_us == verdict::kOvertook) {
    const auto rtt = static_cast<std::int32_t>(state.sent_at_us - micros(notice.at));
    state.rtt_us = static_cast<std::uint32_t>(std::max(0, rtt));
  }
  // 0 means "no notice yet". One microsecond too late does no harm.
  if (newest) state.sent_at_us = std::max<std::uint32_t>(1, micros(notice.at));
  waiting_[notice.attempt].push_back({notice.at, notice.target});
}

void Sweep::take_observations(TimePoint now) {
  std::array<Observation, kBlock> block;
  for (std::size_t left = wires_.observations.read_available(); left > 0;) {
    const std::size_t count = wires_.observations.pop(block.data(), std::min(left, block.size()));
    left -= count;
    for (std::size_t i = 0; i < count; ++i) {
      block[i].at = std::min(block[i].at, now);  // the wall clock may have stepped back
      take_observation(block[i], now);
    }
  }
}

void Sweep::take_observation(const Observation& observation, TimePoint now) {
  if (observation.previous_epoch) {
    ++late_;
    return;
  }
  if (observation.attempt == kCanaryAttempt) {
    if (wires_.routes.hop_of(observation.target) == send::RoutePlan::kNoHop) return;
    const auto asked = path_.canaries().heard(observation.target, observation.kind, now,
                                              witnesses_of(observation.target));
    if (asked) round_trip_.add(std::max(observation.at - *asked, Duration::zero()));
    const bool proves =
        observation.kind == ObservationKind::kSynAck || observation.kind == ObservationKind::kRst;
    if (proves && !path_.canaries().is_unused(observation.target)) {
      controls_.answered(observation.target, wires_.table.at(observation.target).group,
                         egress_of(observation.target));
    }
    return;
  }
  // A canary outside the fleet has no attempts of its own: this is a stray or forged reply.
  if (observation.target.value >= states_.size()) return;
  TargetProgress& state = states_[observation.target.value];
  // The port names an attempt that has not begun: a stray reply, or a forgery that guessed well.
  if (observation.attempt >= state.attempts) return;
  if (capture::is_answer(observation.kind)) {
    if (verdict::shows_life(state.of_attempt(observation.attempt))) {
      ++duplicates_;
      note_repeat(state, observation);
      return;
    }
    ++replies_;
    note_answer(state, observation);
  }
  if (observation.kind == ObservationKind::kUnreachable &&
      speaks_of_the_host(observation, wires_.table.at(observation.target).address)) {
    witnesses_of(observation.target).router_heard(observation.at);
  }
  begin_anew_once_heard();  // this reply belongs to the time after it
  fold(observation.target, event_of(observation.kind), observation.attempt, now);
}

// Only the sending time of the newest attempt is kept. For an older attempt the repeat therefore
// seems younger than it is. At worst it does not count.
void Sweep::note_repeat(const TargetProgress& state, const Observation& observation) {
  if (observation.kind != ObservationKind::kSynAck) return;
  half_open_.repeated(wires_.table.at(observation.target).address, asked_at(state), observation.at);
  if (!half_open_.is_proven() || interrupted_) return;
  gave_up_ = true;
  interrupt();
}

void Sweep::note_answer(TargetProgress& state, const Observation& observation) {
  note_rtt(state, observation);
  if (observation.kind == ObservationKind::kSynAck) half_open_.answered(asked_at(state));
  if (observation.attempt == 0) {
    const bool newest = state.attempts == 1 && state.sent_at_us != 0;
    witnesses_of(observation.target).target_heard(newest ? asked_at(state) : observation.at);
  }
  bool is_first = true;
  int timeouts = 0;
  for (Attempt earlier = 0; earlier < observation.attempt; ++earlier) {
    const Evidence evidence = state.of_attempt(earlier);
    is_first &= evidence == Evidence::kUnheard;
    timeouts += evidence == Evidence::kTimeout;
  }
  first_answers_ += is_first;
  later_answers_ += timeouts > 0;
  const GroupIndex group = wires_.table.at(observation.target).group;
  if (observation.kind != ObservationKind::kSynAck || limited_.contains(group)) return;
  LossMeter& meter = loss_[egress_of(observation.target)];
  GroupLoss& of_group = group_loss_[group.value];
  if (is_first) {
    meter.first_answered();
    of_group.first += meter.is_clean();
  } else if (timeouts > 0) {
    meter.later_answered(timeouts);
    if (meter.is_clean()) of_group.later_answered(timeouts);
  }
}

void Sweep::note_rtt(TargetProgress& state, const Observation& observation) {
  if (observation.attempt + 1 != state.attempts || state.phase == Phase::kRechecking) {
    ++late_;
    return;
  }
  const std::uint32_t seen = micros(observation.at);
  if (state.sent_at_us == 0) {
    // The answer arrived before the sender's notice of the probe.
    state.sent_at_us = seen;
    state.rtt_us = verdict::kOvertook;
    return;
  }
  const auto rtt = static_cast<std::int32_t>(seen - state.sent_at_us);
  state.rtt_us = static_cast<std::uint32_t>(std::max(0, rtt));  // the wall clock may have stepped
  round_trip_.add(std::chrono::microseconds(state.rtt_us));
}

void Sweep::fold(ScanIndex target, Event event, Attempt attempt, TimePoint now) {
  TargetProgress& state = states_[target.value];
  const inventory::Expect expect = wires_.table.at(target).expect;
  switch (verdict::fold(state, event, attempt, expect, policy_for(event, target))) {
    case Action::kNone:
      break;
    case Action::kAskNow:    // alive, but the target still uses that 4-tuple
    case Action::kAskLater:  // the attempt's own timeout was the pause
      retries_.push_back(target);
      break;
    case Action::kRecheckNow:
      if (event == Event::kTimeout || event == Event::kUnheard) {
        doubt(target, now);
      } else {
        rechecks_.push_back(target);
      }
      break;
    case Action::kRecheckLater:
      rechecks_later_.push_back({now, target});
      break;
    case Action::kSettled:
      settle(target);
      break;
  }
}

void Sweep::settle(ScanIndex target) {
  ++settled_;
  if (!limited_.contains(wires_.table.at(target).group)) progress_at_ = now_;
  const TargetProgress& state = states_[target.value];
  if (!answers(verdict::verdict_of(state))) return;
  ++answering_;
  if (!options_.judge_path || wires_.routes.hop_of(target) == send::RoutePlan::kNoHop) return;
  const std::uint16_t egress = egress_of(target);
  const GroupIndex group = wires_.table.at(target).group;
  if (state.rounds > 0 && !limited_.contains(group) && loss_[egress].is_clean() &&
      state.of_round(state.rounds - 1u) == Evidence::kOpen) {
    const int silent = verdict::silent_syns(state);
    if (silent > 0) loss_[egress].later_answered(silent);
    group_loss_[group.value].later_answered(silent);
  }
  // Hosts limit their ICMP errors. A target that rejects by ICMP shows whether its own group's
  // limit is used up, and nothing about others.
  const bool rejects = verdict::is_rejected(state);
  controls_.answered(target, group, egress,
                     rejects ? Controls::Level::kGroup : Controls::Level::kEgress);
  if (limited_.size() > 0) limited_.answered(group);
  // Canaries are probed by SYN, so a target that only answered a connect cannot be one.
  if (rejects || state.rounds > 0 || !path_.canaries().wants_more(egress)) return;
  path_.canaries().offer(target, group, now_, egress);
}

Progress Sweep::progress() const {
  return {.probes_sent = probes_sent_,
          .targets = static_cast<std::uint32_t>(states_.size()),
          .asked = next_first_,
          .settled = settled_,
          .answering = answering_,
          .rechecking = static_cast<std::uint32_t>(rechecks_.size() + rechecks_later_.size() +
                                                   limited_.queued()) +
                        wires_.connector.in_flight()};
}

}  // namespace rollcall::sweep
