#include "scheduler/sweep/sweep.h"

#include <algorithm>
#include <numeric>

#include "engine/base/error.h"

namespace rollcall::sweep {
namespace {

using capture::Observation;
using capture::ObservationKind;
using verdict::Action;
using verdict::Event;
using verdict::Evidence;
using verdict::Phase;
using verdict::TargetState;
using verdict::TargetVerdict;

// Requests ahead of the sender: enough to bridge a few rounds, few enough that a retry or a Ctrl-C
// does not queue behind seconds of first attempts.
constexpr double kAheadSeconds = 0.01;
constexpr std::size_t kAheadMin = 64;
// A group without room sends its retries to the back of the queue; so many are looked at a round.
constexpr std::size_t kLookedAtMax = 256;
// In TargetState::rtt_us while the answer has overtaken its own notice; sent_at_us then holds its
// time.
constexpr std::uint32_t kOvertook = verdict::kNoRtt - 1;

std::size_t outstanding_for(PacketRate rate) {
  const auto ahead = static_cast<std::size_t>(rate.per_second * kAheadSeconds);
  return std::clamp(ahead, kAheadMin, send::kProbesOutstandingMax);
}

Event event_of(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::kSynAck:
      return Event::kSynAck;
    case ObservationKind::kRst:
      return Event::kRst;
    case ObservationKind::kBusy:
      return Event::kBusy;
    case ObservationKind::kUnreachable:
      break;
  }
  return Event::kIcmpUnreachable;
}

Event event_of(recheck::ConnectOutcome outcome) {
  switch (outcome) {
    case recheck::ConnectOutcome::kConnected:
      return Event::kConnected;
    case recheck::ConnectOutcome::kRefused:
      return Event::kConnectRefused;
    case recheck::ConnectOutcome::kUnreachable:
      return Event::kConnectUnreachable;
    case recheck::ConnectOutcome::kTimeout:
      return Event::kConnectTimeout;
    case recheck::ConnectOutcome::kLocalError:
      break;
  }
  return Event::kConnectLocalError;
}

// The kernel repeats a connect's SYN every second at first (net.ipv4.tcp_syn_linear_timeouts; Linux
// before 6.5 doubles the interval and sends fewer).
std::uint32_t syns_of_connect(Duration timeout) {
  return 1 + static_cast<std::uint32_t>(timeout / 1s);
}

bool answers(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

}  // namespace

PacketRate even_rate(const inventory::TargetTable& table, PacketRate rate, PacketRate group_rate,
                     const send::RoutePlan* routes) {
  std::vector<std::uint32_t> asked(table.groups().size());
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (routes != nullptr && routes->hop_of({i}) == send::RoutePlan::kNoHop) continue;
    ++asked[table[{i}].group.value];
  }
  const double total = std::accumulate(asked.begin(), asked.end(), 0.0);
  const double largest = std::max(1u, *std::ranges::max_element(asked));
  return {std::min(rate.per_second, std::max(1.0, group_rate.per_second * total / largest))};
}

Sweep::Sweep(const Wires& wires, std::vector<TargetIndex> order, const SweepOptions& options,
             TimePoint start)
    : wires_(wires),
      options_(options),
      start_(start),
      order_(std::move(order)),
      states_(wires.table.size()),
      gate_(wires.table.groups().size(), options.group_rate, kRound),
      outstanding_max_(outstanding_for(options.rate)) {
  ROLLCALL_CHECK(order_.size() == states_.size());
  refuse_unroutable();
}

// Where no route leads nothing can be asked, by probe or by connect: that is our path's fault, so
// the targets are settled as never asked, and their verdict is unknown.
void Sweep::refuse_unroutable() {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (wires_.routes.hop_of({i}) != send::RoutePlan::kNoHop) continue;
    states_[i].phase = Phase::kSettled;
    states_[i].syn_evidence = static_cast<std::uint32_t>(Evidence::kNotSent);
    ++settled_;
    ++unrouted_;
  }
}

TimePoint Sweep::step(TimePoint now) {
  take_notices();
  take_observations(now);
  take_connects(now);
  expire(now);
  if (!interrupted_) {
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

void Sweep::take_notices() {
  wires_.notices.consume_all([this](const send::SentNotice& notice) { take_notice(notice); });
}

void Sweep::take_notice(const send::SentNotice& notice) {
  --outstanding_;
  TargetState& state = states_[notice.target.value];
  if (!notice.sent) {
    fold(notice.target, Event::kNotSent, notice.attempt, notice.at);
    return;
  }
  ++probes_sent_;
  if (notice.attempt == 0) {
    if (!first_sent_at_) first_sent_at_ = notice.at;
    last_first_sent_at_ = notice.at;
    sent_in_span_ = probes_sent_;
  }
  const bool newest = notice.attempt + 1 == state.attempts;
  if (newest && state.rtt_us == kOvertook) {
    const auto rtt = static_cast<std::int32_t>(state.sent_at_us - micros(notice.at));
    state.rtt_us = static_cast<std::uint32_t>(std::max(0, rtt));
  }
  // 0 stands for "no notice yet": a microsecond early is no harm.
  if (newest) state.sent_at_us = std::max<std::uint32_t>(1, micros(notice.at));
  const Duration wait = notice.attempt == 0 ? options_.waits.first : options_.waits.later;
  waiting_[notice.attempt].push_back({notice.at + wait, notice.target});
}

void Sweep::take_observations(TimePoint now) {
  wires_.observations.consume_all(
      [this, now](const Observation& observation) { take_observation(observation, now); });
}

void Sweep::take_observation(const Observation& observation, TimePoint now) {
  if (observation.previous_epoch) {
    ++late_;
    return;
  }
  TargetState& state = states_[observation.target.value];
  // The port names an attempt that we have not begun: a stray, or a forgery that guessed well.
  if (observation.attempt >= state.attempts) return;
  const bool proof =
      observation.kind == ObservationKind::kSynAck || observation.kind == ObservationKind::kRst;
  if (proof) {
    const Evidence before = state.of_attempt(observation.attempt);
    if (before == Evidence::kOpen || before == Evidence::kRefused) {
      ++duplicates_;
      return;
    }
    ++replies_;
    note_rtt(state, observation);
  }
  fold(observation.target, event_of(observation.kind), observation.attempt, now);
}

void Sweep::note_rtt(TargetState& state, const Observation& observation) {
  if (observation.attempt + 1 != state.attempts) {
    ++late_;
    return;
  }
  const std::uint32_t seen = micros(observation.at);
  if (state.sent_at_us == 0) {
    // The answer is here before the sender's notice of the question.
    state.sent_at_us = seen;
    state.rtt_us = kOvertook;
    return;
  }
  const auto rtt = static_cast<std::int32_t>(seen - state.sent_at_us);
  state.rtt_us = static_cast<std::uint32_t>(std::max(0, rtt));  // the wall clock may have stepped
}

void Sweep::take_connects(TimePoint now) {
  for (const recheck::ConnectResult& result : wires_.connector.poll(now)) {
    fold(result.target, event_of(result.outcome), 0, now);
  }
}

void Sweep::expire(TimePoint now) {
  for (std::size_t attempt = 0; attempt < waiting_.size(); ++attempt) {
    auto& queue = waiting_[attempt];
    while (!queue.empty() && queue.front().due <= now) {
      const TargetIndex target = queue.front().target;
      queue.pop_front();
      fold(target, Event::kTimeout, static_cast<Attempt>(attempt), now);
    }
  }
  while (!rechecks_later_.empty() && rechecks_later_.front().due <= now) {
    rechecks_.push_back(rechecks_later_.front().target);
    rechecks_later_.pop_front();
  }
}

void Sweep::fold(TargetIndex target, Event event, Attempt attempt, TimePoint now) {
  TargetState& state = states_[target.value];
  const inventory::Expect expect = wires_.table[target].expect;
  switch (verdict::fold(state, event, attempt, expect, options_.policy)) {
    case Action::kNone:
      break;
    case Action::kAskNow:    // alive, but that 4-tuple was busy there
    case Action::kAskLater:  // the attempt's own wait was the spacing
      retries_.push_back(target);
      break;
    case Action::kRecheckNow:
      rechecks_.push_back(target);
      break;
    case Action::kRecheckLater:
      rechecks_later_.push_back({now + options_.waits.between_connects, target});
      break;
    case Action::kSettled:
      ++settled_;
      if (answers(verdict::verdict_of(state))) ++answering_;
      break;
  }
}

void Sweep::offer_probes(TimePoint now) {
  while (outstanding_ < outstanding_max_) {
    const auto target = next_to_ask(now);
    if (!target) return;
    TargetState& state = states_[target->value];
    const Attempt attempt = verdict::begin_attempt(state);
    state.sent_at_us = 0;
    gate_.charge(wires_.table[*target].group, now);
    ROLLCALL_CHECK(wires_.requests.push({*target, options_.epoch, attempt}));
    ++outstanding_;
  }
}

// Retries go first: they are about trouble, and an operator waits for them.
std::optional<TargetIndex> Sweep::next_to_ask(TimePoint now) {
  if (const auto retry = next_retry(now)) return retry;
  while (next_first_ < order_.size()) {
    const TargetIndex target = order_[next_first_++];
    if (states_[target.value].phase == Phase::kUnasked) return target;
  }
  return std::nullopt;
}

std::optional<TargetIndex> Sweep::next_retry(TimePoint now) {
  for (std::size_t looked = std::min(retries_.size(), kLookedAtMax); looked > 0; --looked) {
    const TargetIndex target = retries_.front();
    retries_.pop_front();
    if (states_[target.value].phase != Phase::kAsking) continue;  // answered in the meantime
    if (gate_.has_room(wires_.table[target].group, now)) return target;
    retries_.push_back(target);
  }
  return std::nullopt;
}

// A source was asked for of one family; targets of the other get the kernel's choice.
std::optional<Address> Sweep::source_for(const Address& peer) const {
  const auto& source = options_.recheck_source;
  return source && source->is_v4() == peer.is_v4() ? source : std::nullopt;
}

void Sweep::start_connects(TimePoint now) {
  recheck::TcpConnector& connector = wires_.connector;
  for (std::size_t looked = std::min(rechecks_.size(), kLookedAtMax);
       looked > 0 && connector.in_flight() < connector.in_flight_max(); --looked) {
    const TargetIndex index = rechecks_.front();
    rechecks_.pop_front();
    if (states_[index.value].phase != Phase::kRechecking) continue;
    const inventory::Target& target = wires_.table[index];
    if (!gate_.has_room(target.group, now)) {
      rechecks_.push_back(index);
      continue;
    }
    gate_.charge(target.group, now, syns_of_connect(options_.waits.connect));
    connector.start({.target = index,
                     .peer = target.address,
                     .peer_port = target.port,
                     .self = source_for(target.address),
                     .timeout = options_.waits.connect});
  }
}

Progress Sweep::progress() const {
  return {.probes_sent = probes_sent_,
          .targets = static_cast<std::uint32_t>(states_.size()),
          .asked = static_cast<std::uint32_t>(next_first_),
          .settled = settled_,
          .answering = answering_,
          .rechecking = static_cast<std::uint32_t>(rechecks_.size() + rechecks_later_.size()) +
                        wires_.connector.in_flight()};
}

void Sweep::fill_rtt(PathFigures& path) const {
  std::vector<std::uint32_t> rtts;
  rtts.reserve(answering_);
  for (const TargetState& state : states_) {
    if (state.rtt_us != verdict::kNoRtt) rtts.push_back(state.rtt_us);
  }
  if (rtts.empty()) return;
  const auto percentile = [&rtts](double share) {
    const auto at =
        rtts.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(rtts.size() - 1));
    std::nth_element(rtts.begin(), at, rtts.end());
    return static_cast<double>(*at) / 1000;
  };
  path.rtt_p50_ms = percentile(0.5);
  path.rtt_p90_ms = percentile(0.9);
  path.rtt_p99_ms = percentile(0.99);
}

void Sweep::distrust(const std::function<bool(TargetIndex)>& affected) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (affected({i})) verdict::disregard_silence(states_[i]);
  }
}

SweepResult Sweep::finish(TimePoint now, PathFigures path) {
  SweepResult result;
  result.path = std::move(path);
  result.duration = now - start_;
  result.rechecked = options_.policy.recheck_rounds > 0;
  for (TargetState& state : states_) {
    if (state.rtt_us == kOvertook) state.rtt_us = verdict::kNoRtt;  // its notice never came
    ++result.counts[static_cast<std::size_t>(verdict::verdict_of(state))];
  }
  result.groups_not_up = verdict::judge_groups(wires_.table, states_);
  result.path.replies = replies_;
  result.path.late = late_;
  result.path.duplicate = duplicates_;
  if (first_sent_at_ && last_first_sent_at_ > *first_sent_at_) {
    const std::chrono::duration<double> span = last_first_sent_at_ - *first_sent_at_;
    result.path.rate_pps = static_cast<double>(sent_in_span_) / span.count();
  }
  fill_rtt(result.path);
  result.states = std::move(states_);
  return result;
}

}  // namespace rollcall::sweep
