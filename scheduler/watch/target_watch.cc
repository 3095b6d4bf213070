#include "scheduler/watch/target_watch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

namespace rollcall::watch {
namespace {

using TickLength = std::chrono::duration<std::int64_t, std::deci>;
using verdict::Evidence;
using verdict::TargetVerdict;

// A sweep takes longer than its interval when it must connect to many targets. Only a gap that no
// sweep explains is a pause.
constexpr int kIntervalsMax = 3;
constexpr Duration kGapMin = std::chrono::seconds(30);
constexpr int kFailedConnectsMin = 2;
constexpr std::uint8_t kAliveMin = 2;  // replies in a row that bring a target back

// A target is unstable when it failed in at least a fifth of its latest sweeps, in at least four
// separate runs: one or two outages do not make it unstable. It is stable again after
// kUnstableSweepsMin good sweeps in a row.
constexpr unsigned kRecentMax = 32;
constexpr unsigned kUnstableSweepsMin = 10;
constexpr unsigned kUnstablePercentMin = 20;
constexpr int kUnstableRunsMin = 4;

enum class Step : std::uint8_t {
  kHold,     // the result decides nothing
  kWell,     // as expected
  kAppear,   // first good result: up at once
  kSuspect,  // may be failing, until confirmed
  kWeigh,    // one more failing sweep: confirmed when the sweeps span long enough
  kClear,    // the suspicion was wrong
  kReturn,   // a reply: it counts when it comes twice in a row
  kBack,     // a full connect: it counts at once
  kRelapse,  // still not well: replies count from zero again
};
using enum Step;

// The whole state machine: a row a state, a column a result.
// clang-format off
constexpr std::array<std::array<Step, kTargetResults>, kTargetStates> kTable{{
    //                     Unknown  Good     Connected Closed    Failed
    /* kNew            */ {kHold,   kAppear, kAppear,  kWeigh,   kWeigh},
    /* kUp             */ {kHold,   kWell,   kWell,    kSuspect, kSuspect},
    /* kClosed         */ {kHold,   kReturn, kBack,    kRelapse, kSuspect},
    /* kSuspect        */ {kHold,   kClear,  kClear,   kWeigh,   kWeigh},
    /* kMissing        */ {kHold,   kReturn, kBack,    kReturn,  kRelapse},
    /* kNeverAnswered  */ {kHold,   kReturn, kBack,    kReturn,  kRelapse},
}};
// clang-format on

bool failed_connects_confirm(const verdict::TargetProgress& state) {
  int failed = 0;
  for (std::size_t round = 0; round < verdict::kConnectRoundsMax; ++round) {
    const Evidence evidence = state.of_round(round);
    failed += evidence == Evidence::kTimeout || evidence == Evidence::kUnreachable;
  }
  return failed >= kFailedConnectsMin;
}

bool was_connected_to(const verdict::TargetProgress& state) {
  for (std::size_t round = 0; round < verdict::kConnectRoundsMax; ++round) {
    if (verdict::shows_life(state.of_round(round))) return true;
  }
  return false;
}

void note_recent(TargetMemory& memory, bool good) {
  memory.recent = memory.recent << 1 | (good ? 0U : 1U);
  if (memory.judged < kRecentMax) ++memory.judged;
  if (memory.judged < kUnstableSweepsMin) return;
  const FailedShare share = failed_share(memory);
  const int runs = std::popcount(memory.recent & ~(memory.recent >> 1));
  const std::uint32_t latest = memory.recent & ((1U << kUnstableSweepsMin) - 1);
  if (latest == 0) {
    memory.is_unstable = false;
  } else if (runs >= kUnstableRunsMin && share.failed * 100 >= kUnstablePercentMin * share.sweeps) {
    memory.is_unstable = true;
  }
}

bool is_after_a_pause(const TargetMemory& memory, Ticks now, Duration interval) {
  return memory.is_seen && now - memory.seen_at > ticks_of(longest_gap(interval));
}

bool keeps_missing_since(TargetState settled) {
  return settled == TargetState::kMissing || settled == TargetState::kNeverAnswered;
}

// A missing target keeps its missing_since, even if it replies once.
void forget_failing(TargetMemory& memory) {
  if (keeps_missing_since(memory.settled)) return;
  memory.is_failing = false;
  memory.is_silent = false;
}

// Counts in halves of the window, so that two bytes cover at most one window.
void age_changes(TargetMemory& memory, Ticks now, Ticks half) {
  const Ticks age = now - memory.half_began_at;
  if (age < half) return;
  memory.changes_before = age < 2 * half ? memory.changes : std::uint8_t{0};
  memory.changes = 0;
  memory.half_began_at = age < 2 * half ? memory.half_began_at + half : now;
}

Ticks half_window(const Settings& settings) {
  return std::max<Ticks>(1, ticks_of(settings.flap_window) / 2);
}

unsigned recent_changes(const TargetMemory& memory) {
  return unsigned{memory.changes} + memory.changes_before;
}

void count_change(TargetMemory& memory, TimePoint at, const Settings& settings) {
  age_changes(memory, ticks_before(at), half_window(settings));
  if (memory.changes < UINT8_MAX) ++memory.changes;
  if (recent_changes(memory) >= settings.flap_changes) memory.is_flapping = true;
}

StateChange settle(TargetMemory& memory, TargetState state, TimePoint now,
                   const Settings& settings) {
  const bool is_change = memory.settled != state;
  // The first verdict on a target is no change in the fleet.
  const bool is_first = memory.settled == TargetState::kNew;
  const bool was_suspect = memory.state != memory.settled;
  memory.state = memory.settled = state;
  memory.alive_in_row = 0;
  if (state == TargetState::kUp) memory.is_failing = false;
  if (state != TargetState::kMissing) memory.is_known_missing = false;
  if (!keeps_missing_since(state)) memory.is_silent = memory.is_overdue = false;
  if (!is_change) return was_suspect ? StateChange::kSoft : StateChange::kNone;
  // A failure that lasted is reported as a state change, and many of them as flapping. So the
  // record of short failures begins again.
  memory.recent = 0;
  memory.judged = 0;
  memory.is_unstable = false;
  if (!is_first) count_change(memory, now, settings);
  return StateChange::kHard;
}

void add_failing(TargetMemory& memory, bool silent, TimePoint now) {
  if (keeps_missing_since(memory.settled)) return;
  if (!memory.is_failing) memory.failing_since = ticks_after(now);
  if (silent && !memory.is_silent) memory.missing_since = ticks_after(now);
  memory.is_failing = true;
  memory.is_silent = silent;
}

TargetState missing_state(const TargetMemory& memory) {
  const bool answered = memory.settled != TargetState::kNew;
  return answered ? TargetState::kMissing : TargetState::kNeverAnswered;
}

StateChange weigh(TargetMemory& memory, bool silent, TimePoint now, const Settings& settings) {
  const Ticks since = silent ? memory.missing_since : memory.failing_since;
  // Signed: in the sweep that begins a span, `since` is rounded up and may lie one tick ahead.
  const auto span = static_cast<std::int32_t>(ticks_before(now) - since);
  const bool is_long_enough = span >= static_cast<std::int32_t>(ticks_of(settings.confirm_span));
  if (is_long_enough) {
    return settle(memory, silent ? missing_state(memory) : TargetState::kClosed, now, settings);
  }
  if (memory.settled == TargetState::kNew || memory.state == TargetState::kSuspect) {
    return StateChange::kNone;
  }
  memory.state = TargetState::kSuspect;
  return StateChange::kSoft;
}

StateChange count_life(TargetMemory& memory, TargetState state, TimePoint now,
                       const Settings& settings) {
  if (++memory.alive_in_row < kAliveMin) return StateChange::kNone;
  return settle(memory, state, now, settings);
}

StateChange relapse(TargetMemory& memory) {
  memory.alive_in_row = 0;
  return StateChange::kNone;
}

// A closed target whose suspicion ends is closed again. Only a second good sweep makes it up.
StateChange clear(TargetMemory& memory) {
  memory.state = memory.settled;
  memory.alive_in_row = memory.settled == TargetState::kUp ? 0 : 1;
  return StateChange::kSoft;
}

StateChange take(Step step, TargetMemory& memory, TargetResult observation, TimePoint now,
                 const Settings& settings) {
  const bool silent = observation == TargetResult::kFailed;
  const bool closed = observation == TargetResult::kClosed;
  switch (step) {
    case kHold:
    case kWell:
      return StateChange::kNone;
    case kAppear:
    case kBack:
      return settle(memory, TargetState::kUp, now, settings);
    case kSuspect:
    case kWeigh:
      if (memory.settled == TargetState::kClosed && closed) {
        return settle(memory, TargetState::kClosed, now, settings);
      }
      return weigh(memory, silent, now, settings);
    case kClear:
      return clear(memory);
    case kReturn:
      return count_life(memory, closed ? TargetState::kClosed : TargetState::kUp, now, settings);
    case kRelapse:
      return relapse(memory);
  }
  return StateChange::kNone;
}

}  // namespace

Ticks ticks_before(TimePoint t) {
  return static_cast<Ticks>(std::chrono::floor<TickLength>(t.time_since_epoch()).count());
}

Ticks ticks_after(TimePoint t) {
  return static_cast<Ticks>(std::chrono::ceil<TickLength>(t.time_since_epoch()).count());
}

Ticks ticks_of(Duration duration) {
  return static_cast<Ticks>(std::chrono::ceil<TickLength>(duration).count());
}

Duration time_since(Ticks then, TimePoint now) {
  return TickLength(ticks_before(now) - then);
}

TargetResult observe(const verdict::TargetProgress& state, inventory::Expect expect, bool sound) {
  // The fast path: in a healthy fleet nearly every target replies to the first probe.
  if (state.of_attempt(0) == Evidence::kOpen && state.rounds == 0) return TargetResult::kGood;
  const TargetVerdict verdict = verdict_of(state);
  if (as_expected(verdict, expect)) {
    return was_connected_to(state) ? TargetResult::kConnected : TargetResult::kGood;
  }
  if (!sound || verdict == TargetVerdict::kUnknown) return TargetResult::kUnknown;
  if (verdict == TargetVerdict::kClosed) return TargetResult::kClosed;
  return failed_connects_confirm(state) ? TargetResult::kFailed : TargetResult::kUnknown;
}

Duration longest_gap(Duration interval) {
  return std::max(kIntervalsMax * interval, kGapMin);
}

StateChange fold(TargetMemory& memory, TargetResult observation, TimePoint now, Duration interval,
                 const Settings& settings) {
  if (observation == TargetResult::kUnknown) return StateChange::kNone;
  const Ticks tick = ticks_before(now);
  if (is_after_a_pause(memory, tick, interval)) {
    forget_failing(memory);
    memory.alive_in_row = 0;
  }
  memory.seen_at = tick;
  memory.is_seen = true;
  const bool good = observation == TargetResult::kGood || observation == TargetResult::kConnected;
  note_recent(memory, good);
  if (good) {
    forget_failing(memory);
  } else {
    add_failing(memory, observation == TargetResult::kFailed, now);
  }
  const Step step =
      kTable[static_cast<std::size_t>(memory.state)][static_cast<std::size_t>(observation)];
  return take(step, memory, observation, now, settings);
}

void calm_down(TargetMemory& memory, TimePoint now, const Settings& settings) {
  if (!memory.is_flapping) return;
  age_changes(memory, ticks_before(now), half_window(settings));
  if (recent_changes(memory) == 0) memory.is_flapping = false;
}

FailedShare failed_share(const TargetMemory& memory) {
  return {static_cast<unsigned>(std::popcount(memory.recent)), memory.judged};
}

bool is_undecided(const TargetMemory& memory) {
  if (memory.state == TargetState::kSuspect || memory.alive_in_row > 0) return true;
  return memory.state == TargetState::kNew && memory.is_failing;
}

}  // namespace rollcall::watch
