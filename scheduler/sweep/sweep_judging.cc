// Judges silence: when a timeout ends, whether a reply could have arrived, how to handle very many
// silent targets at once, and the verdicts. Probing itself is in sweep_asking.cc.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "engine/base/error.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::sweep {
namespace {

using verdict::Event;
using verdict::Phase;
using verdict::TargetProgress;

// Very many targets fell silent in one sweep: more than this, and more than this share of the
// fleet.
constexpr std::uint32_t kBreakerMin = 50;
constexpr double kBreakerShare = 0.01;
constexpr Duration kBreakerPause = 1s;
// The longest time from the last first SYN or retry to the end of a sweep. kTailOfDoubted is added
// for each in_flight_max() doubted targets, because these wait for their connects.
constexpr Duration kTail = 60s;
constexpr Duration kTailOfDoubted = 12s;
// With shorter timeouts a busy processor would look like silence.
constexpr Duration kFirstLeast = 100ms;
constexpr Duration kLaterLeast = 200ms;
constexpr Duration kSecondSynLeast = 200ms;  // the kernel's timer rounds up
// Below this loss a connect may end soon after its second SYN.
constexpr double kLossForHaste = 0.005;
// If none of this many was lost, the loss is below that with 95 % certainty ("rule of three").
constexpr std::uint64_t kSamplesForHaste = 600;
// After a slice this long: this host was stalled, and perhaps its kernel as well.
constexpr Duration kStalledSlice = 2 * kSlice;
// A group that left this many SYNs unanswered, while replies could arrive, is silent.
constexpr std::uint32_t kSilentToTell = 3;
// A group's own loss needs at least this many answers, and at least this many late ones.
constexpr std::uint32_t kGroupSamples = 8;
constexpr std::uint32_t kGroupLateMin = 2;
// A loss this many standard deviations above that of its egress is the group's own.
constexpr double kGroupDeviations = 3;
// For groups that fell silent together: "limit rate 12/minute" allows a connection in this time.
constexpr Duration kGonePatience = 5s;
// While no reply ever arrived, this many connects are enough to decide that none will.
constexpr std::uint32_t kHopelessConnects = 256;
// The permitted number of targets per sweep that packet loss alone makes missing.
constexpr double kFalseMissing = 1e-4;

// The number of trials, each lost with this probability, that must fail until loss alone explains
// fewer than kFalseMissing targets.
int trials_wanted(double loss, std::size_t targets) {
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

// On a path with almost no loss, the first of several connects waits for the answer to one SYN. It
// waits as long as the slowest path may take. The others wait for the answer to the kernel's second
// SYN (ADR 22).
Duration Sweep::connect_patience(std::size_t round, std::uint16_t egress) const {
  const Duration most = options_.waits.connect;
  const LossMeter& meter = loss_[egress];
  if (!options_.waits.adapt || meter.measured() > kLossForHaste || !meter.is_known()) return most;
  const bool one_syn =
      round == 0 && options_.policy.recheck_rounds > 1 && meter.samples() >= kSamplesForHaste;
  if (one_syn) return std::min(most, options_.waits.first);
  return std::min(most, kSecondSynOfConnect + std::max(patience(0), kSecondSynLeast));
}

double Sweep::loss() const {
  double worst = 0;
  for (const LossMeter& meter : loss_) worst = std::max(worst, meter.measured());
  return worst;
}

// The loss that may explain the silence of this group's targets, for each SYN. A group that answers
// late loses more than its egress, unless a limit explains that.
double Sweep::loss_of(GroupIndex group, std::uint16_t egress) const {
  const double of_egress = loss_[egress].assumed();
  const GroupLoss& seen = group_loss_[group.value];
  const std::uint32_t samples = seen.first + seen.later;
  if (limited_.contains(group) || seen.later < kGroupLateMin || samples < kGroupSamples) {
    return of_egress;
  }
  // Many routers drop the first packet to an address that they must resolve; second SYNs show loss.
  const double first = static_cast<double>(seen.later) / samples;
  const double second = (seen.later_still + 1.0) / (seen.later + 2.0);
  // With many groups, one always seems worse than the others by chance.
  const double chance = kGroupDeviations * std::sqrt(of_egress * (1 - of_egress) / seen.later);
  const double of_group = std::min(first, second);
  return of_group > of_egress + chance ? of_group : of_egress;
}

// The higher the loss, the more failed connects are needed to call a target missing.
int Sweep::rounds_wanted(ScanIndex target) const {
  const GroupIndex group = wires_.table.at(target).group;
  const std::uint16_t egress = egress_of(target);
  const double loss = loss_of(group, egress);
  // The reply to the last SYN needs time to arrive.
  const Duration asking = connect_patience(1, egress) - patience(0);
  const auto syns = static_cast<int>(syns_of_connect(asking, options_.waits.linear_syns));
  if (const LimitedGroups::Pace* pace = limited_.find(group)) {
    // The group's SYNs may all have met a used-up limit, so only connects count. If the path is
    // known to lose packets, only the SYN that the control proves counts in each. Unless the order
    // of the answers shows a limit, the controls measure how often a connect fails.
    const bool is_measured = loss_[egress].samples() >= LossMeter::kSamplesMin;
    const double by_loss = is_measured ? loss_[egress].measured() : std::pow(loss, syns);
    const double by_controls = pace->is_ration ? 0 : 1.0 / (pace->in_row + 2);
    return trials_wanted(std::max(by_loss, by_controls), states_.size());
  }
  const Witnesses& witnesses = path_.witnesses(egress);
  if (witnesses.first_heard_at() && !witnesses.last_probe_heard_at()) {
    return rounds_by_connects(egress, syns);
  }
  const int wanted =
      trials_wanted(loss, states_.size()) - verdict::silent_syns(states_[target.value]);
  // A connect that waited for one SYN, when the path seemed to lose nothing, lacks the others.
  const int lacking = states_[target.value].waited_for_one_syn ? syns - 1 : 0;
  const int rounds = (std::max(wanted + lacking, 0) + syns - 1) / syns;
  return are_syns_filtered(egress) && connect_loss_[egress].is_known()
             ? std::min(rounds, rounds_by_connects(egress, syns))
             : rounds;
}

// True when most SYNs of the sweep are lost, or all of them.
bool Sweep::are_syns_filtered(std::uint16_t egress) const {
  const Witnesses& witnesses = path_.witnesses(egress);
  if (witnesses.first_heard_at() && !witnesses.last_probe_heard_at()) return true;
  return loss_[egress].samples() >= ConnectLoss::kSamplesMin && loss_[egress].measured() >= 0.5;
}

// The same by connects alone: a filter on the path drops the sweep's SYNs but passes connects.
int Sweep::rounds_by_connects(std::uint16_t egress, int syns) const {
  const ConnectLoss& connects = connect_loss_[egress];
  const int trials = connects.trials(syns);
  return (trials_wanted(connects.assumed(syns), states_.size()) + trials - 1) / trials;
}

bool Sweep::connects_pass_alone() const {
  for (std::uint16_t egress = 0; egress < loss_.size(); ++egress) {
    const ConnectLoss& connects = connect_loss_[egress];
    if (are_syns_filtered(egress) && connects.is_known() && connects.assumed(2) < 0.5) return true;
  }
  return false;
}

verdict::Policy Sweep::policy_for(Event event, ScanIndex target) {
  verdict::Policy policy = options_.policy;
  const bool may_end_missing = verdict::is_failed_connect(event) ||
                               event == Event::kConnectUnheard ||
                               event == Event::kConnectLocalError;
  if (!options_.judge_path || policy.recheck_rounds == 0 || !may_end_missing) return policy;
  const int rounds = rounds_wanted(target);
  constexpr int kMost = verdict::kConnectRoundsMax;
  if (rounds > kMost) ++too_lossy_;
  policy.recheck_rounds =
      static_cast<std::uint8_t>(std::clamp(rounds, int{policy.recheck_rounds}, kMost + 1));
  return policy;
}

// Losses of this host, and losses during a blackout, say nothing about the path.
void Sweep::follow_loss(const HostLossSample& slice) {
  for (std::size_t egress = 0; egress < loss_.size(); ++egress) {
    loss_[egress].end_slice(slice.lost_for_probes || path_.is_blackout() ||
                            path_.is_unreliable(egress));
  }
}

void Sweep::note_host_loss(const HostLossSample& slice) {
  const std::chrono::duration<double> length = slice.to - slice.from;
  connect_syns_per_second_ = length.count() > 0 ? connect_syns_ / length.count() : 0;
  connect_syns_ = 0;
  path_.add(slice, patience(0));
  judge_silence();
  follow_loss(slice);
  if (slice.to - slice.from > kStalledSlice) half_open_.forget_before(slice.to);
  const RateSlice sums{
      .sent = probes_sent_, .first_answers = first_answers_, .later_answers = later_answers_};
  const bool asking = next_first_ < states_.size();
  if (asking && !path_.is_blackout()) {
    rate_control_.add({.length = slice.to - slice.from,
                       .sent = sums.sent - counted_.sent,
                       .first_answers = sums.first_answers - counted_.first_answers,
                       .later_answers = sums.later_answers - counted_.later_answers,
                       .lost = slice.lost_packets});
  }
  counted_ = sums;
}

// Connects use part of the total rate.
PacketRate Sweep::rate() const {
  const double rate = (options_.auto_rate ? rate_control_.rate() : options_.rate).per_second;
  const double left = options_.rate_limit.per_second - connect_syns_per_second_;
  return {std::max(std::min(rate, left), rate * (1 - kConnectShare))};
}

// Limited groups, and connects that no control proves, get a little time after all other targets
// are settled.
void Sweep::end_limited(TimePoint now) {
  if (interrupted_) return;
  const bool all_heard_out =
      std::ranges::all_of(waiting_, [](const auto& queue) { return queue.empty(); });
  // Some degraded time does not count; give_up_on_trouble() ends a sweep that stays degraded.
  const Duration step = now - std::exchange(checked_at_, now);
  if (is_degraded() && trouble_left_ > step) {
    trouble_left_ -= step;
    progress_at_ += step;
  }
  if (is_asking()) asked_until_ = now;
  if (is_asking() || !all_heard_out || now < paused_until_) progress_at_ = now;
  if (settled_ == states_.size()) return;
  const Duration longest =
      kTail + doubted_ * kTailOfDoubted / std::max(1u, wires_.connector.in_flight_max());
  const Duration patience =
      limited_.fell_silent_together() ? kGonePatience : options_.limited_patience;
  if (now - progress_at_ < patience && now - asked_until_ < longest) return;
  limited_ran_out_ = limited_.queued() > 0;
  interrupt();
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
  // If a connect follows, the connect decides: an unjudged silence does not delay the next attempt.
  const bool decides = options_.policy.recheck_rounds == 0;
  auto& queue = waiting_[attempt];
  for (; !queue.empty() && queue.front().since + wait <= now; queue.pop_front()) {
    const Waiting waiting = queue.front();
    if (states_[waiting.target.value].phase != Phase::kAsking) continue;
    Event event = Event::kTimeout;
    if (options_.judge_path) {
      const TimePoint until = waiting.since + wait;
      const Soundness soundness =
          path_.judge(waiting.since, until, ProbeKind::kProbe, egress_of(waiting.target));
      const bool open = soundness == Soundness::kNotYet && decides;
      if (open && !interrupted_) return;
      if (open || soundness == Soundness::kUnreliable) event = Event::kUnheard;
      if (soundness == Soundness::kNotYet && !decides) {
        unjudged_.push_back({waiting.since, until, waiting.target, attempt});
      } else {
        note_silence(waiting.target, waiting.since, until);
      }
    }
    fold(waiting.target, event, attempt, now);
  }
}

// Judges silence for which the next attempt did not wait. A SYN whose reply could not arrive stops
// counting.
void Sweep::judge_silence() {
  for (; !unjudged_.empty(); unjudged_.pop_front()) {
    const UnjudgedSyn& syn = unjudged_.front();
    const Soundness soundness =
        path_.judge(syn.from, syn.to, ProbeKind::kProbe, egress_of(syn.target));
    if (soundness == Soundness::kNotYet) return;
    note_silence(syn.target, syn.from, syn.to);
    if (soundness == Soundness::kUnreliable) {
      verdict::disregard_attempt(states_[syn.target.value], syn.attempt);
    }
  }
}

// Answers that arrived and that this host lost may have used up a limit of the server. If the group
// was silent before, it sent no such answers.
void Sweep::note_silence(ScanIndex target, TimePoint from, TimePoint to) {
  GroupLoss& group = group_loss_[wires_.table.at(target).group.value];
  if (!path_.lost_in(from, to, ProbeKind::kProbe)) {
    ++group.silent;
  } else if (group.silent < kSilentToTell) {
    ++group.unheard;
  }
}

// Called when every SYN to this target stayed silent: a connect is next. If very many targets are
// silent, sending pauses first, so that an overflowing queue on the path can drain.
void Sweep::doubt(ScanIndex target, TimePoint now) {
  ++doubted_;
  rechecks_.push_back(target);
  const double limit =
      std::max<double>(kBreakerMin, kBreakerShare * static_cast<double>(states_.size()));
  if (!options_.judge_path || breaker_tripped_ || doubted_ <= limit) return;
  breaker_tripped_ = true;
  paused_until_ = now + kBreakerPause;
}

// The first reply by an egress proves that replies arrive by it from now on. It proves nothing
// about the time before: a path that comes up late is no basis for a verdict.
void Sweep::begin_anew_once_heard() {
  if (!options_.judge_path) return;
  for (std::uint16_t egress = 0; egress < was_heard_.size(); ++egress) {
    if (was_heard_[egress] || !path_.witnesses(egress).first_heard_at()) continue;
    was_heard_[egress] = true;
    begin_anew(egress);
  }
}

void Sweep::begin_anew(std::uint16_t egress) {
  for (std::uint32_t i = 0; i < next_first_; ++i) {
    if (states_[i].phase == Phase::kSettled || egress_of({i}) != egress) continue;
    doubted_ -= doubted_ > 0 && states_[i].phase == Phase::kRechecking;
    verdict::disregard_silence(states_[i]);
  }
  std::deque<ScanIndex> doubted;
  doubted.swap(rechecks_);
  const auto is_of_egress = [&](const Waiting& waiting) {
    return egress_of(waiting.target) == egress;
  };
  for (const Waiting& waiting : rechecks_later_) {
    if (is_of_egress(waiting)) doubted.push_back(waiting.target);
  }
  std::erase_if(rechecks_later_, is_of_egress);
  for (const ScanIndex target : doubted) {
    if (egress_of(target) != egress || !ask_anew(target)) rechecks_.push_back(target);
  }
}

// Sends SYNs again before the next connect. Connects in progress come here after they failed.
bool Sweep::ask_anew(ScanIndex target) {
  if (!verdict::ask_anew(states_[target.value])) return false;
  retries_.push_back(target);
  return true;
}

// True when no reply ever arrived and enough connects were tried: more would change nothing. Few
// doubted targets are tried in full, because the next hop may prove that the targets are silent
// (cli/run/silent_egress.h).
bool Sweep::is_hopeless() const {
  return options_.judge_path && !path_.anybody_heard() && connects_started_ >= kHopelessConnects &&
         doubted_ > wires_.connector.in_flight_max();
}

// This host's own losses end with the first attempts that caused them, so they count only
// afterwards. A blackout stops everything.
void Sweep::give_up_on_trouble(TimePoint now) {
  const bool nothing_left = next_first_ == states_.size() && retries_.empty() &&
                            wires_.connector.in_flight() == 0 && ended_connects_.empty();
  if (is_hopeless() && nothing_left) {
    gave_up_ = true;
    interrupt();
    return;
  }
  const bool held = is_blackout() || (is_degraded() && next_first_ == states_.size());
  if (!held) {
    held_since_.reset();
    return;
  }
  if (!held_since_) held_since_ = now;
  if (now - *held_since_ < kTroublePatience) return;
  gave_up_ = true;
  was_blind_ = is_blackout();
  interrupt();
}

void Sweep::distrust(const std::function<bool(ScanIndex)>& affected) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (affected({i})) verdict::disregard_silence(states_[i]);
  }
}

std::vector<std::uint16_t> Sweep::silent_egresses() const {
  std::vector<bool> was_asked(path_.hops());
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (wires_.routes.hop_of({i}) == send::RoutePlan::kNoHop || is_held_back({i})) continue;
    was_asked[egress_of({i})] = true;
  }
  std::vector<std::uint16_t> silent;
  for (std::uint16_t egress = 0; egress < was_asked.size(); ++egress) {
    if (was_asked[egress] && !path_.witnesses(egress).first_heard_at()) silent.push_back(egress);
  }
  return silent;
}

// Silence counts only if a reply by the same egress proves that replies arrive, or if the next hop
// itself was proven alive afterwards.
void Sweep::disregard_the_unproven() {
  if (!options_.judge_path) return;
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (wires_.routes.hop_of({i}) == send::RoutePlan::kNoHop) continue;
    const std::uint16_t egress = egress_of({i});
    const auto first_heard = path_.witnesses(egress).first_heard_at();
    const bool is_proven =
        first_heard ? asked_at(states_[i]) >= *first_heard : is_believed_[egress];
    if (!is_proven) verdict::disregard_silence(states_[i]);
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
    // The pacer had collected the probes of the first batch before the span began. It also enforces
    // the limit, so a higher figure only means that the first batch's time was taken a little late.
    const std::chrono::duration<double> span = last_first_sent_at_ - *first_sent_at_;
    path.rate_pps = std::min(static_cast<double>(sent_in_span_ - sent_at_start_) / span.count(),
                             options_.rate.per_second);
  }
  fill_rtt(path);
}

void Sweep::fill_rtt(PathFigures& path) const {
  std::vector<std::uint32_t> rtts;
  rtts.reserve(answering_);
  for (const TargetProgress& state : states_) {
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
  result.held_back = held_back_ > 0;
  result.rechecked = options_.policy.recheck_rounds > 0;
  disregard_the_unproven();
  for (TargetProgress& state : states_) {
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
