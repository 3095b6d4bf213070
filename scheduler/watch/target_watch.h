// What a watch holds to be true of one target, sweep after sweep.
//
// Pure: (memory, observation, time) -> (memory, action), written as one table in target_watch.cc.
// A sweep judges once; a watch believes it only over time: bad news is doubted until it lasted,
// good news of a target that was missing must come twice, and "unknown" says nothing.
//
// Invariants:
//  1. Evidence for "missing" spans confirm_span from the start of the first failed sweep to that of
//     the latest, without a good or closed one between.
//  2. A pause between two observations of a target that is much longer than its interval, and than
//     the sweeps since (a stopped process, a blind path) is no evidence: the spans begin again.
//  3. A suspect counts as what it was (`settled`) until the suspicion is confirmed.
//  4. kMissing is only ever entered by a target that has answered before. One that never answered
//     becomes overdue after a grace period: its group then counts it as missing (group_watch.h).
//
// Threading: value types and pure functions.
// Ownership: none.
// Units:     Ticks of 100 ms on the monotonic clock: they wrap after 13 years, and only their
//            differences are used.
// Errors:    none; every observation is total on every state.
// Cost:      28 bytes a target; a few nanoseconds an observation.
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

// What one sweep says of a target.
enum class TargetResult : std::uint8_t {
  kUnknown,    // nothing that may be believed
  kGood,       // as expected, shown by a packet
  kConnected,  // as expected, shown by a full connect
  kClosed,     // bound, but closed where a listener is expected
  kFailed,     // silent or unreachable, and two full connects failed
};
inline constexpr std::size_t kTargetResults = 5;

// `sound` false: only what proves that the target is well is taken from such a sweep.
TargetResult observe(const verdict::TargetProgress& state, inventory::Expect expect, bool sound);

enum class StateChange : std::uint8_t {
  kNone,  // as before
  kSoft,  // a suspicion came or went
  kHard,  // what is held to be true changed
};

struct TargetMemory {
  Ticks failing_since = 0;   // start of the present run of sweeps that were not good
  Ticks missing_since = 0;   // start of the present run of failed ones
  Ticks seen_at = 0;         // the newest sweep that said anything
  Ticks half_began_at = 0;   // of the present half of the flapping window
  std::uint32_t recent = 0;  // sweeps that judged it, the newest in bit 0; 1: not good
  std::uint8_t changes = 0;
  std::uint8_t changes_before = 0;  // in the half before it
  TargetState state = TargetState::kNew;
  TargetState settled = TargetState::kNew;  // without the suspicion
  std::uint8_t alive_in_row : 2 = 0;        // signs of life of a target that was not up
  bool is_seen : 1 = false;                 // seen_at holds
  bool is_failing : 1 = false;              // failing_since holds
  bool is_silent : 1 = false;               // missing_since holds
  bool is_flapping : 1 = false;
  bool is_known_missing : 1 = false;  // was missing before its group went down: see group_watch.h
  bool is_back : 1 = false;           // in the inventory, after a while without; not asked yet
  std::uint8_t judged : 6 = 0;        // how many bits of `recent` hold
  bool is_unstable : 1 = false;       // fails again and again, too briefly to be missing
  bool is_overdue : 1 = false;        // kNeverAnswered for longer than the grace period
};
static_assert(sizeof(TargetMemory) <= 28);

// Longer than this without an observation is a pause (invariant 2).
Duration longest_gap(Duration interval);

// `interval`: how often this target is asked; what is achieved, where that is longer (cadence.h).
StateChange fold(TargetMemory& memory, TargetResult observation, TimePoint now, Duration interval,
                 const Settings& settings);

// Ends a flapping that has been quiet for a whole window.
void calm_down(TargetMemory& memory, TimePoint now, const Settings& settings);

// How many of how many latest sweeps found it failing.
struct FailedShare {
  unsigned failed = 0;
  unsigned sweeps = 0;
};
FailedShare failed_share(const TargetMemory& memory);

// Whether the next observation may decide something: it is worth asking again soon.
bool is_undecided(const TargetMemory& memory);

}  // namespace rollcall::watch
