// Whom to ask next: canaries, silent ones again, others for the first time, and by connect. What
// the answers mean is in sweep.cc, what silence means in sweep_judging.cc.
#include <algorithm>

#include "engine/base/error.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::sweep {
namespace {

using verdict::Phase;
using verdict::TargetState;

// Requests ahead of the sender: enough to bridge a few rounds, few enough that a retry or a Ctrl-C
// does not queue behind seconds of first attempts.
constexpr double kAheadSeconds = 0.01;
constexpr std::size_t kAheadMin = 64;
// A group without room sends its retries to the back of the queue; so many are looked at a round.
constexpr std::size_t kLookedAtMax = 256;
// Canaries take no more than this share of the rate.
constexpr double kCanaryShare = 0.25;
// While the path is in trouble, one question in this time shows when it is over.
constexpr Duration kTrickle = 20ms;

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
  gate_.charge(wires_.table.at(*target).group, now);
  const auto second = static_cast<std::uint64_t>((now - start_) / 1s);
  const Epoch epoch = packet::canary_epoch(options_.epoch, second);
  canary_epochs_ = std::max(canary_epochs_, epoch.value - options_.epoch.value);
  ROLLCALL_CHECK(wires_.requests.push({*target, epoch, kCanaryAttempt}));
  ++outstanding_;
}

void Sweep::offer_probes(TimePoint now) {
  if (now < paused_until_) return;
  if (is_troubled() && now >= next_trickle_at_ && outstanding_ < send::kProbesOutstandingMax) {
    next_trickle_at_ = now + kTrickle;
    auto target = next_retry(now);
    if (!target && is_blind()) target = next_first();
    if (target) offer(*target, now);
  }
  const std::size_t outstanding_max = outstanding_for(rate());
  while (outstanding_ < outstanding_max) {
    const auto target = next_to_ask(now);
    if (!target) return;
    offer(*target, now);
  }
}

void Sweep::offer(Place target, TimePoint now) {
  TargetState& state = states_[target.value];
  const Attempt attempt = verdict::begin_attempt(state);
  state.sent_at_us = 0;
  gate_.charge(wires_.table.at(target).group, now);
  ROLLCALL_CHECK(wires_.requests.push({target, options_.epoch, attempt}));
  ++outstanding_;
}

// Retries go first: they are about trouble, and an operator waits for them. While nothing can be
// heard nobody is asked, and while something is lost nobody is asked again.
std::optional<Place> Sweep::next_to_ask(TimePoint now) {
  const bool any_again = !retries_.empty() || !slow_retries_.empty();
  if (any_again && !is_troubled()) {
    if (const auto retry = next_retry(now)) return retry;
    if (const auto slow = next_slow(now)) return slow;
  }
  return is_blind() ? std::nullopt : next_first();
}

std::optional<Place> Sweep::next_first() {
  while (next_first_ < states_.size()) {
    const Place target{next_first_++};
    if (states_[target.value].phase == Phase::kUnasked) return target;
  }
  return std::nullopt;
}

std::optional<Place> Sweep::next_retry(TimePoint now) {
  for (std::size_t looked = std::min(retries_.size(), kLookedAtMax); looked > 0; --looked) {
    const Place target = retries_.front();
    retries_.pop_front();
    if (states_[target.value].phase != Phase::kAsking) continue;  // answered in the meantime
    if (gate_.has_room(wires_.table.at(target).group, now)) return target;
    retries_.push_back(target);
  }
  return std::nullopt;
}

std::optional<Place> Sweep::next_slow(TimePoint now) {
  for (std::size_t looked = std::min(slow_retries_.size(), kLookedAtMax);
       looked > 0 && slow_pace_.may_ask(now); --looked) {
    const Place target = slow_retries_.front();
    slow_retries_.pop_front();
    if (states_[target.value].phase != Phase::kAsking) continue;
    if (gate_.has_room(wires_.table.at(target).group, now)) {
      slow_pace_.asked(now, kRound);
      return target;
    }
    slow_retries_.push_back(target);
  }
  return std::nullopt;
}

// A source was asked for of one family; targets of the other get the kernel's choice.
std::optional<Address> Sweep::source_for(const Address& peer) const {
  const auto& source = options_.recheck_source;
  return source && source->is_v4() == peer.is_v4() ? source : std::nullopt;
}

void Sweep::start_connects(TimePoint now) {
  if (is_troubled() || now < paused_until_ || is_hopeless()) return;
  recheck::TcpConnector& connector = wires_.connector;
  for (std::size_t looked = std::min(rechecks_.size(), kLookedAtMax);
       looked > 0 && connector.in_flight() < connector.in_flight_max(); --looked) {
    const Place index = rechecks_.front();
    rechecks_.pop_front();
    TargetState& state = states_[index.value];
    if (state.phase != Phase::kRechecking) continue;
    const inventory::Target& target = wires_.table.at(index);
    const Duration timeout = connect_patience(state.rounds);
    if (!gate_.has_room(target.group, now)) {
      rechecks_.push_back(index);
      continue;
    }
    if (slow_pace_.is_rationed()) {
      if (now < next_connect_at_) {
        rechecks_.push_front(index);
        return;
      }
      next_connect_at_ =
          std::max(next_connect_at_, now - kRound) +
          syns_of_connect(timeout, options_.waits.linear_syns) * slow_pace_.interval();
    }
    gate_.charge(target.group, now, syns_of_connect(timeout, options_.waits.linear_syns));
    state.sent_at_us = std::max<std::uint32_t>(1, micros(now));
    ++connects_started_;
    one_syn_connects_ |= timeout < kSecondSynOfConnect;
    connector.start({.target = index,
                     .peer = target.address,
                     .peer_port = target.port,
                     .self = source_for(target.address),
                     .timeout = timeout,
                     .interface_index = options_.recheck_interface});
  }
}

}  // namespace rollcall::sweep
