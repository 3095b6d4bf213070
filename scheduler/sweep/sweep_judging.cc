// What silence means: when a wait is over, whether an answer would have been heard, what to do
// about very many silent at once, and the verdicts. The asking itself is in sweep_asking.cc.
#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/base/error.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::sweep {
namespace {

using verdict::Event;
using verdict::Phase;
using verdict::TargetState;

// Very many: more than this, and than this share of the fleet, fell silent in one sweep.
constexpr std::uint32_t kBreakerMin = 50;
constexpr double kBreakerShare = 0.01;
constexpr Duration kBreakerPause = 1s;
// The path may be in trouble this long, while nothing is left to ask, before the sweep ends.
constexpr Duration kTroublePatience = 15s;
// Shorter waits would take a busy processor for silence.
constexpr Duration kFirstLeast = 100ms;
constexpr Duration kLaterLeast = 200ms;
constexpr Duration kSecondSynLeast = 200ms;  // the kernel's timer rounds up
// Below this loss connects may end soon after their second SYN.
constexpr double kLossForHaste = 0.005;
// Of which none was lost, the loss is below that with 95 % ("rule of three").
constexpr std::uint64_t kSamplesForHaste = 600;
// A target that lost its first SYN has answered the next by then.
constexpr int kTaintedSlices = 8;
// Fewer second SYNs tell nothing; then no more than this is believed.
constexpr std::uint64_t kLossSamples = 30;
constexpr double kLossOfFew = 0.1;
// While nobody at all was heard, so many connects settle whether there is anything to hear.
constexpr std::uint32_t kHopelessConnects = 256;
// Targets called missing by packet loss alone, in one sweep.
constexpr double kFalseMissing = 1e-4;

Event event_of(recheck::ConnectOutcome outcome) {
  switch (outcome) {
    case recheck::ConnectOutcome::kConnected:
      return Event::kConnected;
    case recheck::ConnectOutcome::kRefused:
      return Event::kConnectRefused;
    case recheck::ConnectOutcome::kRejected:
      return Event::kConnectRejected;
    case recheck::ConnectOutcome::kUnreachable:
      return Event::kConnectUnreachable;
    case recheck::ConnectOutcome::kTimeout:
      return Event::kConnectTimeout;
    case recheck::ConnectOutcome::kLocalError:
      break;
  }
  return Event::kConnectLocalError;
}

bool is_failure(Event event) {
  return event == Event::kConnectTimeout || event == Event::kConnectUnreachable;
}

// How many SYNs have to go unanswered until loss alone explains less than kFalseMissing targets.
int syns_wanted(double loss, std::size_t targets) {
  if (loss <= 0) return 0;
  const double share = kFalseMissing / static_cast<double>(targets);
  return static_cast<int>(std::ceil(std::log(share) / std::log(std::min(loss, 0.99))));
}

}  // namespace

std::uint32_t syns_of_connect(Duration timeout, bool linear) {
  const auto seconds = static_cast<std::uint32_t>(timeout / 1s);
  return linear ? 1 + seconds : static_cast<std::uint32_t>(std::bit_width(seconds + 1));
}

Duration Sweep::patience(Attempt attempt) const {
  const Duration most = attempt == 0 ? options_.waits.first : options_.waits.later;
  if (!options_.waits.adapt) return most;
  const Duration least = attempt == 0 ? kFirstLeast : kLaterLeast;
  return round_trip_.patience(std::min(least, most), most);
}

// Where next to nothing is lost, the first of several waits for the answer to one SYN, as long as
// the slowest path may take, and the others for that to the kernel's second.
Duration Sweep::connect_patience(std::size_t round) const {
  const Duration most = options_.waits.connect;
  if (!options_.waits.adapt || loss() > kLossForHaste) return most;
  const bool one_syn = round == 0 && options_.policy.recheck_rounds > 1 &&
                       untainted_first_ + untainted_later_ >= kSamplesForHaste;
  if (one_syn) return std::min(most, options_.waits.first);
  return std::min(most, kSecondSynOfConnect + std::max(patience(0), kSecondSynLeast));
}

// Best told by second SYNs: many routers drop the first packet to an address that they have to look
// up. Without enough of them the first ones must do, up to a loss that needs no more questions.
double Sweep::loss() const {
  const auto share = [](std::uint64_t lost, std::uint64_t all) {
    return all == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(all);
  };
  const std::uint64_t seconds = second_syn_acks_ + third_syn_acks_;
  const double first = share(untainted_later_, untainted_first_ + untainted_later_);
  // Who lost the second SYN as well is only known when a later one was answered.
  return std::min(first,
                  seconds >= kLossSamples ? share(third_syn_acks_, second_syn_acks_) : kLossOfFew);
}

// The more the path loses, the more unanswered questions it takes to call a target missing. What we
// lost ourselves, or a blackout swallowed, is answered at a later attempt some slices on, and says
// nothing about the path.
void Sweep::follow_loss(const OwnSlice& slice) {
  if (slice.lost_for_probes || path_.is_blind()) tainted_slices_ = kTaintedSlices;
  if (tainted_slices_ > 0) {
    --tainted_slices_;
  } else {
    untainted_first_ += first_syn_acks_ - counted_first_syn_acks_;
    untainted_later_ += later_syn_acks_ - counted_later_syn_acks_;
  }
  counted_first_syn_acks_ = first_syn_acks_;
  counted_later_syn_acks_ = later_syn_acks_;
  const auto rounds_max = static_cast<int>(verdict::kConnectRoundsMax);
  if (options_.policy.recheck_rounds == 0) return;
  const int wanted = syns_wanted(loss(), states_.size()) - options_.policy.attempts;
  const auto a_round =
      static_cast<int>(syns_of_connect(connect_patience(1), options_.waits.linear_syns));
  // Who was connected to for one SYN, when the path seemed to lose nothing, lacks the others.
  const int lacking = one_syn_connects_ ? a_round - 1 : 0;
  const int rounds = (std::max(wanted + lacking, 0) + a_round - 1) / a_round;
  // Where answers are rationed, two connects may meet an empty ration. One round stays in hand, for
  // one that fails on this host.
  const int least = answers_are_rationed()
                        ? std::max<int>(rounds_max - 1, options_.policy.recheck_rounds)
                        : options_.policy.recheck_rounds;
  policy_.recheck_rounds = static_cast<std::uint8_t>(std::clamp(rounds, least, rounds_max));
  too_lossy_ = rounds > rounds_max;
}

void Sweep::note_own_side(const OwnSlice& slice) {
  path_.add(slice, patience(0));
  follow_loss(slice);
  const RateSlice sums{
      .sent = probes_sent_, .first_answers = first_answers_, .later_answers = later_answers_};
  const bool asking = next_first_ < states_.size();
  if (asking && !path_.is_blind()) {
    rate_control_.add({.length = slice.to - slice.from,
                       .sent = sums.sent - counted_.sent,
                       .first_answers = sums.first_answers - counted_.first_answers,
                       .later_answers = sums.later_answers - counted_.later_answers,
                       .lost = slice.lost_packets});
  }
  counted_ = sums;
}

PacketRate Sweep::rate() const {
  return options_.auto_rate ? rate_control_.rate() : options_.rate;
}

void Sweep::take_connects(TimePoint now) {
  for (const recheck::ConnectResult& result : wires_.connector.poll(now)) {
    const Event event = event_of(result.outcome);
    if (options_.judge_path && is_failure(event)) {
      failed_connects_.push_back(
          {asked_at(states_[result.target.value]), now, result.target, event});
    } else {
      fold(result.target, event, 0, now);
    }
  }
}

void Sweep::judge_connects(TimePoint now) {
  while (!failed_connects_.empty()) {
    const FailedConnect failed = failed_connects_.front();
    const Soundness soundness = path_.judge(failed.from, failed.to, Question::kConnect,
                                            wires_.routes.hop_of(failed.target));
    if (soundness == Soundness::kNotYet && !interrupted_) return;
    failed_connects_.pop_front();
    if (failed.from < witnesses_of(failed.target).first_heard_at() && ask_anew(failed.target))
      continue;
    const bool sound = soundness == Soundness::kSound;
    fold(failed.target, sound ? failed.event : Event::kConnectUnheard, 0, now);
  }
}

void Sweep::expire(TimePoint now) {
  for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) expire_attempts(attempt, now);
  while (!rechecks_later_.empty() &&
         rechecks_later_.front().since + options_.waits.between_connects <= now) {
    rechecks_.push_back(rechecks_later_.front().target);
    rechecks_later_.pop_front();
  }
}

void Sweep::expire_attempts(Attempt attempt, TimePoint now) {
  const Duration wait = patience(attempt);
  // Where a connect follows, it decides: what is not known yet does not hold up the next question.
  const bool decides = options_.policy.recheck_rounds == 0;
  auto& queue = waiting_[attempt];
  for (; !queue.empty() && queue.front().since + wait <= now; queue.pop_front()) {
    const Waiting waiting = queue.front();
    if (states_[waiting.target.value].phase != Phase::kAsking) continue;
    Event event = Event::kTimeout;
    if (options_.judge_path) {
      const TimePoint until = waiting.since + wait;
      const Soundness soundness =
          path_.judge(waiting.since, until, Question::kProbe, wires_.routes.hop_of(waiting.target));
      const bool open = soundness == Soundness::kNotYet && decides;
      if (open && !interrupted_) return;
      if (open || soundness == Soundness::kDeaf) event = Event::kUnheard;
    }
    fold(waiting.target, event, attempt, now);
  }
}

// Every SYN to this target stayed silent: a connect is next, unless too many others say the same.
void Sweep::doubt(Place target, TimePoint now) {
  if (states_[target.value].asked_once_more) {
    slow_pace_.learned(SlowPace::Outcome::kSilent);
  } else {
    ++doubted_;
  }
  const double limit =
      std::max<double>(kBreakerMin, kBreakerShare * static_cast<double>(states_.size()));
  if (options_.judge_path && !breaker_tripped_ && doubted_ > limit) trip_breaker(now);
  const bool once_more = breaker_tripped_ && verdict::ask_once_more(states_[target.value]);
  (once_more ? slow_retries_ : rechecks_).push_back(target);
}

// The first who is heard proves that this host hears from now on, and nothing about the time
// before: a path that comes up late is no ground for a verdict.
void Sweep::begin_anew_once_heard() {
  if (!options_.judge_path || heard_anybody_ || !path_.anybody_heard()) return;
  heard_anybody_ = true;
  doubted_ = 0;
  for (TargetState& state : std::span(states_).first(next_first_)) {
    if (state.phase != Phase::kSettled) verdict::disregard_silence(state);
  }
  std::deque<Place> doubted;
  doubted.swap(rechecks_);
  for (const Waiting& waiting : rechecks_later_) doubted.push_back(waiting.target);
  rechecks_later_.clear();
  for (const Place target : doubted) {
    if (!ask_anew(target)) rechecks_.push_back(target);
  }
}

// By SYNs, before it is connected to again. Connects under way come here when they have failed.
bool Sweep::ask_anew(Place target) {
  if (!verdict::ask_anew(states_[target.value])) return false;
  (breaker_tripped_ ? slow_retries_ : retries_).push_back(target);
  return true;
}

void Sweep::trip_breaker(TimePoint now) {
  breaker_tripped_ = true;
  paused_until_ = now + kBreakerPause;
  std::deque<Place> waiting;
  waiting.swap(rechecks_);
  for (const Place target : waiting) {
    const bool once_more = verdict::ask_once_more(states_[target.value]);
    (once_more ? slow_retries_ : rechecks_).push_back(target);
  }
}

// Nobody was heard, and enough were connected to: more of it would change nothing.
bool Sweep::is_hopeless() const {
  return options_.judge_path && !path_.anybody_heard() && connects_started_ >= kHopelessConnects;
}

// Losses of our own end with the first attempts that caused them, so only what is left afterwards
// counts; blindness holds everything up.
void Sweep::give_up_on_trouble(TimePoint now) {
  const bool nothing_left = next_first_ == states_.size() && retries_.empty() &&
                            slow_retries_.empty() && wires_.connector.in_flight() == 0 &&
                            failed_connects_.empty();
  if (is_hopeless() && nothing_left) {
    gave_up_ = true;
    interrupt();
    return;
  }
  const bool held = is_blind() || (is_troubled() && next_first_ == states_.size());
  if (!held) {
    held_since_.reset();
    return;
  }
  if (!held_since_) held_since_ = now;
  if (now - *held_since_ < kTroublePatience) return;
  gave_up_ = true;
  was_blind_ = is_blind();
  interrupt();
}

void Sweep::distrust(const std::function<bool(Place)>& affected) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (affected({i})) verdict::disregard_silence(states_[i]);
  }
}

// Who was asked for the last time before anybody was heard by the same way, or while no number of
// questions would have made silence certain, was not asked in vain.
void Sweep::disregard_the_unproven() {
  if (!options_.judge_path) return;
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    const std::uint16_t hop = wires_.routes.hop_of({i});
    if (hop == send::RoutePlan::kNoHop) continue;
    const auto first_heard = path_.witnesses(hop).first_heard_at();
    if (too_lossy_ || !first_heard || asked_at(states_[i]) < *first_heard) {
      verdict::disregard_silence(states_[i]);
    }
  }
}

void Sweep::fill_path(PathFigures& path) const {
  path.probes_sent = probes_sent_;
  path.canary_probes = canary_probes_;
  path.replies = replies_;
  path.late = late_;
  path.duplicate = duplicates_;
  path.loss = loss();
  path.slices = path_.slices();
  path.unsound_slices = path_.unsound_slices();
  path.canaries = path_.canaries().answering();
  if (first_sent_at_ && last_first_sent_at_ > *first_sent_at_) {
    const std::chrono::duration<double> span = last_first_sent_at_ - *first_sent_at_;
    path.rate_pps = static_cast<double>(sent_in_span_) / span.count();
  }
  fill_rtt(path);
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

SweepResult Sweep::finish(TimePoint now, PathFigures path) {
  SweepResult result;
  result.path = std::move(path);
  result.duration = now - start_;
  result.canary_epochs = canary_epochs_;
  result.rechecked = options_.policy.recheck_rounds > 0;
  disregard_the_unproven();
  for (TargetState& state : states_) {
    if (state.rtt_us == verdict::kOvertook)
      state.rtt_us = verdict::kNoRtt;  // its notice never came
    ++result.counts[static_cast<std::size_t>(verdict::verdict_of(state))];
  }
  result.groups_not_up = verdict::judge_groups(wires_.table, states_);
  fill_path(result.path);
  result.states = std::move(states_);
  return result;
}

}  // namespace rollcall::sweep
