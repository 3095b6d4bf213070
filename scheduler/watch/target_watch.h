// Decides the state of one target from the results of many sweeps.
//
// Pure: (memory, result, time) -> (memory, change), written as one table in target_watch.cc. One
// sweep gives one result; the state changes only after several. A failure must last before it
// counts. A missing target must answer twice, or accept one full connect, before it is up. An
// "unknown" result changes nothing.
//
// Invariants:
//  1. Evidence for "missing" spans confirm_span from the start of the first failed sweep to that of
//     the latest, without a good or closed one between.
//  2. A pause is no evidence: after it the spans begin again. A pause is a time between two results
//     of a target that is much longer than its interval, and than the sweeps since. Causes are a
//     stopped process or a path that loses every reply.
//  3. A suspect counts as its former state (`settled`) until the suspicion is confirmed.
//  4. Only a target that has answered before enters kMissing. One that never answered becomes
//     overdue after a grace period: its group then counts it as missing (group_watch.h).
//
// Threading: value types and pure functions.
// Units:     Ticks of 100 ms on the monotonic clock: they wrap after 13 years, and only their
//            differences are used.
// Errors:    every result has a defined effect in every state.
// Cost:      28 bytes a target; a few nanoseconds a result.
#pragma once

#include <cstdint>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/target_verdict.h"
#include "scheduler/watch/events.h"
#include "scheduler/watch/settings.h"

namespace rollcall::watch {

using Ticks = std::uint32_t;

// The tick that began before or at `t`, and the first that begins at or after it.
Ticks ticks_before(TimePoint t);
Ticks ticks_after(TimePoint t);
Ticks ticks_of(Duration duration);  // rounded up
Duration time_since(Ticks then, TimePoint now);

// The result of one sweep for one target.
enum class TargetResult : std::uint8_t {
  kUnknown,    // no reliable result
  kGood,       // as expected, proven by a packet
  kConnected,  // as expected, proven by a full connect
  kClosed,     // closed on a port where a listener is expected
  kFailed,     // silent or unreachable, and two full connects failed
};
inline constexpr std::size_t kTargetResults = 5;

// If `sound` is false, only a result that is as expected counts; any other is kUnknown.
TargetResult observe(const verdict::TargetProgress& state, inventory::Expect expect, bool sound);

enum class StateChange : std::uint8_t {
  kNone,  // as before
  kSoft,  // a suspicion began or ended
  kHard,  // the settled state changed
};

struct TargetMemory {
  Ticks failing_since = 0;   // start of the current run of failed or closed sweeps
  Ticks missing_since = 0;   // start of the current run of failed sweeps
  Ticks seen_at = 0;         // the newest sweep with a result
  Ticks half_began_at = 0;   // start of the current half of the flapping window
  std::uint32_t recent = 0;  // one bit a judged sweep, the newest in bit 0; 1: not good
  std::uint8_t changes = 0;
  std::uint8_t changes_before = 0;  // in the half before it
  TargetState state = TargetState::kNew;
  TargetState settled = TargetState::kNew;  // without the suspicion
  std::uint8_t alive_in_row : 2 = 0;        // replies in a row of a target that was not up
  bool is_seen : 1 = false;                 // seen_at is valid
  bool is_failing : 1 = false;              // failing_since is valid
  bool is_silent : 1 = false;               // missing_since is valid
  bool is_flapping : 1 = false;
  bool is_known_missing : 1 = false;  // was missing before its group went down: see group_watch.h
  bool is_back : 1 = false;           // listed again after an absence, not probed yet
  std::uint8_t judged : 6 = 0;        // number of valid bits in `recent`
  bool is_unstable : 1 = false;       // fails repeatedly, but too briefly to be missing
  bool is_overdue : 1 = false;        // kNeverAnswered for longer than the grace period
};
static_assert(sizeof(TargetMemory) <= 28);

// A longer time without a result is a pause (invariant 2).
Duration longest_gap(Duration interval);

// Applies one result. `interval` is the target's interval, or the achieved one if that is longer
// (cadence.h).
StateChange fold(TargetMemory& memory, TargetResult observation, TimePoint now, Duration interval,
                 const Settings& settings);

// Ends flapping after a whole window without a change.
void calm_down(TargetMemory& memory, TimePoint now, const Settings& settings);

// How many of the latest sweeps found the target not good.
struct FailedShare {
  unsigned failed = 0;
  unsigned sweeps = 0;
};
FailedShare failed_share(const TargetMemory& memory);

// True when the next result may decide something, so that an early recheck is useful.
bool is_undecided(const TargetMemory& memory);

}  // namespace rollcall::watch
