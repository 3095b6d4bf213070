// Sends the sweep's probes and starts its connects: canaries, retries, first attempts, rechecks.
// Replies are handled in sweep.cc, silence in sweep_judging.cc.
#include <algorithm>

#include "engine/base/error.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::sweep {
namespace {

using verdict::Phase;
using verdict::TargetProgress;

// Requests queued ahead of the sender, in seconds of sending. Enough to bridge a few rounds, few
// enough that a retry or a Ctrl-C does not wait behind seconds of first attempts.
constexpr double kAheadSeconds = 0.01;
constexpr std::size_t kAheadMin = 64;
// A target of a group without room returns to the back of the queue; at most this many are checked
// per round.
constexpr std::size_t kLookedAtMax = 256;
// Canaries take at most this share of the rate.
constexpr double kCanaryShare = 0.25;

// Each egress control is used at most this often; the doubted targets in between share one.
constexpr Duration kEgressControlEvery = 200ms;
// While the path is degraded, one probe in this time detects its recovery.
constexpr Duration kTrickle = 20ms;
constexpr Duration kTrialEvery = 250ms;

std::size_t outstanding_for(PacketRate rate) {
  const auto ahead = static_cast<std::size_t>(rate.per_second * kAheadSeconds);
  return std::clamp(ahead, kAheadMin, send::kProbesOutstandingMax);
}

}  // namespace

void Sweep::offer_canary(TimePoint now) {
  if (!options_.judge_path || now < next_canary_at_) return;
  if (outstanding_ >= send::kProbesOutstandingMax) return;
  const auto target = path_.canaries().due(now);
  if (!target) return;
  path_.canaries().asked(*target, now);
  next_canary_at_ = now + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
                              1 / (kCanaryShare * rate().per_second)));
  if (wires_.routes.hop_of(*target) == send::RoutePlan::kNoHop) return;
  group_limit_.charge(wires_.table.at(*target).group, now);
  // A new epoch each second gives each canary probe a fresh 4-tuple (port_schedule.h).
  const auto second = static_cast<std::uint64_t>((now - start_) / 1s);
  const Epoch epoch = packet::canary_epoch(options_.epoch, second);
  canary_epochs_ = std::max(canary_epochs_, epoch.value - options_.epoch.value);
  ROLLCALL_CHECK(wires_.requests.push({*target, epoch, kCanaryAttempt}));
  ++outstanding_;
}

void Sweep::offer_probes(TimePoint now) {
  if (now < paused_until_) return;
  if (is_degraded() && now >= next_keepalive_at_ && outstanding_ < send::kProbesOutstandingMax) {
    next_keepalive_at_ = now + kTrickle;
    auto target = next_retry(now);
    if (!target && is_blackout()) target = next_first();
    if (target) offer(*target, now);
  }
  const std::size_t outstanding_max = outstanding_for(rate());
  while (outstanding_ < outstanding_max) {
    const auto target = next_to_ask(now);
    if (!target) return;
    offer(*target, now);
  }
}

void Sweep::offer(ScanIndex target, TimePoint now) {
  TargetProgress& state = states_[target.value];
  const Attempt attempt = verdict::begin_attempt(state);
  state.sent_at_us = 0;
  group_limit_.charge(wires_.table.at(target).group, now);
  ROLLCALL_CHECK(wires_.requests.push({target, options_.epoch, attempt}));
  ++outstanding_;
}

// Retries go first: they concern possible outages, and an operator waits for them. During a
// blackout no target is probed. While the path is degraded no target is probed again.
std::optional<ScanIndex> Sweep::next_to_ask(TimePoint now) {
  if (!retries_.empty() && !is_degraded()) {
    if (const auto retry = next_retry(now)) return retry;
  }
  return is_blackout() ? std::nullopt : next_first();
}

std::optional<ScanIndex> Sweep::next_first() {
  while (next_first_ < states_.size()) {
    const ScanIndex target{next_first_++};
    if (states_[target.value].phase == Phase::kUnasked) return target;
  }
  return std::nullopt;
}

std::optional<ScanIndex> Sweep::next_retry(TimePoint now) {
  for (std::size_t looked = std::min(retries_.size(), kLookedAtMax); looked > 0; --looked) {
    const ScanIndex target = retries_.front();
    retries_.pop_front();
    if (states_[target.value].phase != Phase::kAsking) continue;  // answered in the meantime
    const GroupIndex group = wires_.table.at(target).group;
    if (limited_.contains(group) && verdict::end_ladder(states_[target.value])) {
      limited_.push(group, target);  // its SYNs would only use up the group's limit
      continue;
    }
    if (group_limit_.has_room(wires_.table.at(target).group, now)) return target;
    retries_.push_back(target);
  }
  return std::nullopt;
}

// The configured source has one family; targets of the other family use the kernel's choice.
std::optional<Address> Sweep::source_for(const Address& peer) const {
  const auto& source = options_.recheck_source;
  return source && source->is_v4() == peer.is_v4() ? source : std::nullopt;
}

bool Sweep::may_connect() const {
  // Leave room for the controls of all connects of this round.
  return wires_.connector.in_flight() + new_controls_.size() + 1 < wires_.connector.in_flight_max();
}

void Sweep::start_connects(TimePoint now) {
  if (now < paused_until_ || is_hopeless()) return;
  if (is_degraded()) return is_blackout() ? try_connect(now) : void();
  for (std::size_t looked = std::min(rechecks_.size(), kLookedAtMax);
       looked > 0 && may_connect() && now >= next_connect_at_ - kRound; --looked) {
    const ScanIndex target = rechecks_.front();
    rechecks_.pop_front();
    if (states_[target.value].phase != Phase::kRechecking) continue;
    const GroupIndex group = wires_.table.at(target).group;
    if (limited_.contains(group)) {
      limited_.push(group, target);
    } else if (group_limit_.has_room(group, now)) {
      start_connect(target, now);
    } else {
      rechecks_.push_back(target);
    }
  }
  while (may_connect() && now >= next_connect_at_ - kRound) {
    const auto due = limited_.next(now);
    if (!due) break;
    if (states_[due->target.value].phase == Phase::kRechecking) start_connect(due->target, now);
  }
  start_controls(now);
}

// During a blackout, one connect in kTrialEvery shows whether connects pass while SYNs do not.
void Sweep::try_connect(TimePoint now) {
  if (!held_since_ || now - *held_since_ < kTrialAfter || now < next_trial_at_) return;
  if (rechecks_.empty() || !may_connect()) return;
  const ScanIndex target = rechecks_.front();
  rechecks_.pop_front();
  if (states_[target.value].phase != Phase::kRechecking) return;
  const GroupIndex group = wires_.table.at(target).group;
  if (limited_.contains(group)) return limited_.push(group, target);
  next_trial_at_ = now + kTrialEvery;
  start_connect(target, now);
  start_controls(now);
}

void Sweep::start_connect(ScanIndex place, TimePoint now) {
  TargetProgress& state = states_[place.value];
  const inventory::Target& target = wires_.table.at(place);
  const std::uint16_t egress = egress_of(place);
  const Duration timeout = connect_patience(state.rounds, egress);
  const std::uint32_t syns = syns_of_connect(timeout, options_.waits.linear_syns);
  group_limit_.charge(target.group, now, syns);
  next_connect_at_ = std::max(next_connect_at_, now - kRound) + connect_interval() * syns;
  state.sent_at_us = std::max<std::uint32_t>(1, micros(now));
  ++connects_started_;
  connect_syns_ += syns;
  state.waited_for_one_syn = state.waited_for_one_syn || timeout < kSecondSynOfConnect;
  wires_.connector.start({.target = place,
                          .peer = target.address,
                          .peer_port = target.port,
                          .self = source_for(target.address),
                          .timeout = timeout,
                          .interface_index = options_.recheck_interface,
                          .check_far_end = !is_of_this_host(place)});
  if (options_.judge_path) want_control(place, egress, timeout, now);
}

// Doubted targets of one round share a control if they need the same kind.
void Sweep::want_control(ScanIndex doubted, std::uint16_t egress, Duration timeout, TimePoint now) {
  const GroupIndex group = wires_.table.at(doubted).group;
  for (NewControl& wanted : new_controls_) {
    const bool same = wanted.egress == egress &&
                      (wanted.choice.level == Controls::Level::kEgress || wanted.group == group);
    if (!same || wanted.choice.target == doubted) continue;
    // An egress control serves only groups without a control of their own.
    if (wanted.choice.level == Controls::Level::kEgress && controls_.has_of_group(group, egress)) {
      continue;
    }
    ++control_.at(wanted.id).users;
    control_of_[doubted.value] = wanted.id;
    return;
  }
  const auto choice = controls_.choose(doubted, group, egress);
  if (!choice) return;
  last_control_ = last_control_ + 1 == kControlMark ? 1 : last_control_ + 1;
  new_controls_.push_back({*choice, group, egress, timeout, last_control_});
  control_[last_control_] = {choice->target, choice->level, now, ControlEnd::kPending, 1};
  control_of_[doubted.value] = last_control_;
}

// Starts controls after the doubted targets. If a server's limit still allows the control, it also
// allowed the doubted targets.
void Sweep::start_controls(TimePoint now) {
  std::erase_if(new_controls_, [&](const NewControl& wanted) {
    // One egress control serves the doubted targets of several rounds.
    const bool of_egress = wanted.choice.level == Controls::Level::kEgress;
    if (of_egress && now < next_control_at_[wanted.egress]) return false;
    if (of_egress) {
      next_control_at_[wanted.egress] =
          now + kEgressControlEvery / controls_.of_egress(wanted.egress);
    }
    control_.at(wanted.id).asked_at = now;
    const inventory::Target& target = wires_.table.at(wanted.choice.target);
    group_limit_.charge(target.group, now);
    next_connect_at_ += connect_interval();
    ++connect_syns_;
    wires_.connector.start({.target = {kControlMark | wanted.id},
                            .peer = target.address,
                            .peer_port = target.port,
                            .self = source_for(target.address),
                            .timeout = wanted.timeout,
                            .interface_index = options_.recheck_interface});
    return true;
  });
}

// Connects take at most their share of the rate, or all of it when no probe is left to send.
Duration Sweep::connect_interval() const {
  const double share = is_asking() ? kConnectShare : 1;
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(1 / (share * options_.rate_limit.per_second)));
}

}  // namespace rollcall::sweep
