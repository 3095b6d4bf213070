// Evaluates ended connects: a failed connect counts only by its control (controls.h), or reveals a
// limited group (limited_groups.h). sweep_judging.cc decides how many failed connects are enough.
#include <algorithm>
#include <cmath>

#include "scheduler/sweep/sweep.h"

namespace rollcall::sweep {
namespace {

using verdict::Event;

// If the silent members come later in the probing order by this many standard deviations, the order
// is the cause and not chance.
constexpr double kOrderDeviations = 3;

// New connections that a limit allows at once: no limit in use is smaller ("limit 6 in 30 s").
constexpr std::uint32_t kSmallestLimit = 5;

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
    case recheck::ConnectOutcome::kLedHere:
      break;
  }
  return Event::kConnectLocalError;
}

bool is_answer(Event event) {
  return event == Event::kConnected || event == Event::kConnectRefused ||
         event == Event::kConnectRejected;
}

}  // namespace

void Sweep::take_connects(TimePoint now) {
  for (const recheck::ConnectResult& result : wires_.connector.poll(now)) {
    const Event event = event_of(result.outcome);
    led_here_ += result.outcome == recheck::ConnectOutcome::kLedHere;
    if (result.target.value & kControlMark) {
      end_control(result.target.value & ~kControlMark, event, now);
      continue;
    }
    std::uint32_t control = kNoControl;
    if (const auto found = control_of_.find(result.target.value); found != control_of_.end()) {
      control = found->second;
      control_of_.erase(found);
    }
    const TimePoint from = asked_at(states_[result.target.value]);
    if (is_answer(event)) note_alive(result.target, from);
    if (event == Event::kConnected) note_connected(result.target, from, now);
    // On-link, this host itself reports the error: the neighbour did not answer.
    const bool by_router =
        wires_.routes.hops()[wires_.routes.hop_of(result.target)].gateway.has_value();
    if (event == Event::kConnectUnreachable && by_router) {
      witnesses_of(result.target).unreachable_heard(from);
    }
    // A refusal waits for its control too: a rule here or on the path may refuse every connect.
    const bool waits = verdict::is_failed_connect(event) ||
                       (event == Event::kConnectRefused && control != kNoControl);
    if (options_.judge_path && waits) {
      ended_connects_.push_back({from, now, result.target, event, control});
    } else {
      release_control(control);
      fold(result.target, event, 0, now);
    }
  }
}

void Sweep::note_alive(ScanIndex target, TimePoint asked_at) {
  if (!options_.judge_path) return;
  witnesses_of(target).connect_heard(asked_at);
  if (is_blackout() && held_since_ && asked_at >= *held_since_ + kTrialAfter)
    path_.accept_connects();
  limited_.answered(wires_.table.at(target).group);
}

// Notes which SYN the target answered. The kernel sends the others 1 s and 2 s after the first, or
// 1 s and 3 s after it before Linux 6.5.
void Sweep::note_connected(ScanIndex target, TimePoint asked_at, TimePoint now) {
  using Syn = ConnectLoss::Syn;
  if (!options_.judge_path || limited_.contains(wires_.table.at(target).group)) return;
  const Duration took = now - asked_at;
  const Duration third = kSecondSynOfConnect + (options_.waits.linear_syns ? 1s : 2s);
  connect_loss_[egress_of(target)].answered(took < kSecondSynOfConnect ? Syn::kFirst
                                            : took < third             ? Syn::kSecond
                                                                       : Syn::kLater);
}

void Sweep::end_control(std::uint32_t id, Event event, TimePoint now) {
  const auto found = control_.find(id);
  if (found == control_.end()) return;
  Control& control = found->second;
  const GroupIndex group = wires_.table.at(control.target).group;
  const bool accepts_syns =
      control.target.value < states_.size() &&
      verdict::verdict_of(states_[control.target.value]) == verdict::TargetVerdict::kOpen;
  if (is_answer(event)) {
    const bool contradicts = event == Event::kConnectRefused && accepts_syns;
    contradicted_ += contradicts;
    ++controls_answered_;
    const bool late = now - control.asked_at >= kSecondSynOfConnect;
    control.end = contradicts ? ControlEnd::kContradicted
                  : late      ? ControlEnd::kLate
                              : ControlEnd::kAnswered;
    note_alive(control.target, control.asked_at);
    if (event == Event::kConnected) note_connected(control.target, control.asked_at, now);
    if (control.level == Controls::Level::kGroup && !late) limited_.control_answered(group);
  } else {
    ++controls_failed_;
    control.end = ControlEnd::kFailed;
    controls_.failed(control.target, group, egress_of(control.target));
    if (!limited_.contains(group)) connect_loss_[egress_of(control.target)].control_failed();
  }
  // A failed connect to a limited group met a used-up limit, so it says nothing about loss.
  if (!limited_.contains(group)) {
    const bool by_first_syn = is_answer(event) && now - control.asked_at < kSecondSynOfConnect;
    loss_[egress_of(control.target)].control_ended(by_first_syn);
  }
  if (control.users == 0) control_.erase(found);
}

void Sweep::release_control(std::uint32_t id) {
  const auto found = control_.find(id);
  if (found == control_.end()) return;
  if (--found->second.users == 0 && found->second.end != ControlEnd::kPending)
    control_.erase(found);
}

// Judges connects in the order in which they ended. A connect whose control is outstanding delays
// the others no longer than that control's own timeout.
void Sweep::judge_connects(TimePoint now) {
  while (!ended_connects_.empty()) {
    const EndedConnect ended = ended_connects_.front();
    const auto control = control_.find(ended.control);
    const bool waits = control != control_.end() && control->second.end == ControlEnd::kPending;
    if (waits && !interrupted_) return;
    if (path_.judge(ended.from, ended.to, ProbeKind::kConnect, egress_of(ended.target)) ==
            Soundness::kNotYet &&
        !interrupted_) {
      return;
    }
    ended_connects_.pop_front();
    judge_connect(ended, now);
    release_control(ended.control);
  }
}

void Sweep::judge_connect(const EndedConnect& ended, TimePoint now) {
  const auto found = control_.find(ended.control);
  const Control* control = found == control_.end() ? nullptr : &found->second;
  if (ended.event == Event::kConnectRefused) {
    // A control that accepts SYNs was refused as well, so the refusal is not the target's own.
    const bool contradicted = control != nullptr && control->end == ControlEnd::kContradicted;
    return fold(ended.target, contradicted ? Event::kConnectLocalError : ended.event, 0, now);
  }
  const auto first_heard = witnesses_of(ended.target).first_heard_at();
  if (first_heard && ended.from < *first_heard && ask_anew(ended.target)) return;
  const Soundness soundness =
      path_.judge(ended.from, ended.to, ProbeKind::kConnect, egress_of(ended.target));
  if (soundness != Soundness::kSound && !interrupted_) {
    rechecks_later_.push_back({now, ended.target});
    return;
  }
  if (soundness != Soundness::kSound) return fold(ended.target, Event::kConnectUnheard, 0, now);
  const bool late_suffices = connect_loss_[egress_of(ended.target)].is_first_syn_dropped() &&
                             are_syns_filtered(egress_of(ended.target)) &&
                             !limited_.contains(wires_.table.at(ended.target).group);
  if (control != nullptr && control->end != ControlEnd::kAnswered &&
      !(control->end == ControlEnd::kLate && late_suffices)) {
    return without_proof(ended, *control, now);
  }
  if (control == nullptr && first_heard && ended.event != Event::kConnectUnreachable) {
    // Targets that can be controls have answered since, so try again with one.
    if (controls_.of_egress(egress_of(ended.target)) > 0) {
      rechecks_later_.push_back({now, ended.target});
      return;
    }
    // Only routers answer: one of them must have answered during this connect.
    if (!witnesses_of(ended.target).was_router_heard(ended.from, ended.to)) {
      return fold(ended.target, Event::kConnectUnheard, 0, now);
    }
  }
  const GroupIndex group = wires_.table.at(ended.target).group;
  if (waits_for_its_limit(group) || may_be_spent_unheard(group)) {
    return fold(ended.target, Event::kConnectUnheard, 0, now);
  }
  if (!limited_.contains(group)) {
    progress_at_ = now;
  } else if (rounds_wanted(ended.target) > static_cast<int>(verdict::kConnectRoundsMax)) {
    // Not enough controls in a row have answered yet.
    return limited_.push(group, ended.target);
  }
  fold(ended.target, ended.event, 0, now);
}

// True when the group was limited recently, and no member has answered in this sweep.
bool Sweep::waits_for_its_limit(GroupIndex group) const {
  return group.value < options_.quotas.size() && options_.quotas[group.value].waits &&
         !controls_.has_of_group(group);
}

// This host may have lost as many answers as the smallest limit allows. If so, a limited server
// that is alive would be silent now as well.
bool Sweep::may_be_spent_unheard(GroupIndex group) const {
  return group_loss_[group.value].unheard >= kSmallestLimit && !controls_.has_of_group(group);
}

std::vector<GroupTally> Sweep::tallies() const {
  std::vector<GroupTally> tallies(wires_.table.groups().size());
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (wires_.routes.hop_of({i}) == send::RoutePlan::kNoHop) continue;
    GroupTally& tally = tallies[wires_.table.at({i}).group.value];
    ++tally.askable;
    if (is_held_back({i})) continue;
    const verdict::TargetVerdict verdict = verdict::verdict_of(states_[i]);
    ++tally.asked;
    tally.answered +=
        verdict == verdict::TargetVerdict::kOpen || verdict == verdict::TargetVerdict::kClosed;
    tally.unknown += verdict == verdict::TargetVerdict::kUnknown;
  }
  for (const auto& [group, pace] : limited_.groups()) {
    if (group >= tallies.size()) continue;  // the group of the canaries
    tallies[group].limited = true;
    tallies[group].fell_silent = !pace.has_answered;
  }
  return tallies;
}

std::vector<GroupIndex> Sweep::held_back_groups() const {
  std::vector<GroupIndex> groups;
  for (std::uint32_t i = 0; i < options_.quotas.size(); ++i) {
    if (options_.quotas[i].targets < wires_.table.groups()[i].targets) groups.push_back({i});
  }
  return groups;
}

std::vector<GroupIndex> Sweep::waiting_for_their_limit() const {
  std::vector<GroupIndex> groups;
  for (std::uint32_t i = 0; i < wires_.table.groups().size(); ++i) {
    if (waits_for_its_limit({i})) groups.push_back({i});
  }
  return groups;
}

std::vector<GroupIndex> Sweep::spent_unheard() const {
  std::vector<GroupIndex> groups;
  for (std::uint32_t i = 0; i < wires_.table.groups().size(); ++i) {
    if (may_be_spent_unheard({i})) groups.push_back({i});
  }
  return groups;
}

// Handles a connect without proof: its control, started right after it, did not answer at once
// either.
void Sweep::without_proof(const EndedConnect& ended, const Control& control, TimePoint now) {
  const bool is_of_all = control.level == Controls::Level::kEgress || is_blackout();
  const GroupIndex group = wires_.table.at(ended.target).group;
  const bool is_empty = control.end == ControlEnd::kFailed ||
                        (control.end == ControlEnd::kLate && limited_.contains(group));
  const bool was_dark = witnesses_of(ended.target).was_dark(control.asked_at, ended.to);
  if (is_of_all || was_dark || !is_empty) {
    rechecks_later_.push_back({now, ended.target});
    return;
  }
  const bool is_new = !limited_.contains(group);
  limited_.control_failed(group, control.asked_at, now);
  if (is_new) {
    if (order_shows_a_ration(group)) limited_.set_ration(group);
    const GroupLoss& seen = group_loss_[group.value];
    loss_[egress_of(ended.target)].retract(seen.later - seen.later_still, seen.later_still);
  }
  limited_.push(group, ended.target);
}

// True when the members that answered their first SYN were probed before those that did not. A
// limit causes this order and a lossy path does not (the rank-sum test of Mann and Whitney).
bool Sweep::order_shows_a_ration(GroupIndex index) const {
  const inventory::Group& group = wires_.table.group(index);
  std::vector<ScanIndex> places;
  for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
    places.push_back(wires_.table.place_of({row}));
  }
  std::ranges::sort(places, {}, &ScanIndex::value);
  double answered = 0;
  double silent = 0;
  double answered_before = 0;  // summed over the silent ones
  for (const ScanIndex place : places) {
    const verdict::Evidence first = states_[place.value].of_attempt(0);
    if (first >= verdict::Evidence::kBusy) {
      ++answered;
    } else if (first == verdict::Evidence::kTimeout || first == verdict::Evidence::kUnreachable) {
      ++silent;
      answered_before += answered;
    }
  }
  const double deviation = std::sqrt(answered * silent * (answered + silent + 1) / 12);
  return answered_before - answered * silent / 2 > kOrderDeviations * deviation;
}

}  // namespace rollcall::sweep
