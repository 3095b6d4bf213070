// What one target has shown in this sweep, and what follows from it.
//
// Pure: (state, event, policy) -> (state, action), written as one table in target_verdict.cc. No
// I/O, no clock. Positive evidence ends the asking; silence only ever leads to the next question;
// "missing" comes from failed connects, never from a packet (unless the policy has no rechecks).
//
// Invariants:
//  1. A stronger evidence of an attempt replaces a weaker one, never the other way round.
//  2. kSettled is returned exactly once a target; evidence that comes later can only improve it.
//  3. After kAskNow or kAskLater nothing is asked for until begin_attempt().
//
// Threading: value types and pure functions.
// Ownership: none.
// Units:     microseconds since the sweep began, 32 bits, wrapping differences.
// Errors:    none; every event is total on every state.
// Cost:      16 bytes a target; a few nanoseconds an event.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"

namespace rollcall::verdict {

enum class TargetVerdict : std::uint8_t { kOpen, kClosed, kUnreachable, kSilent, kUnknown };
inline constexpr std::size_t kTargetVerdicts = 5;

// What an attempt or a connect showed, weakest first. Fits in 4 bits.
enum class Evidence : std::uint8_t {
  kNone,         // not asked, or not yet known
  kUnheard,      // asked while our own path was not sound: its silence does not count
  kNotSent,      // our own kernel would not send it, or a local error stopped the connect
  kTimeout,      // asked, nothing heard
  kUnreachable,  // ICMP type 3; connect got EHOSTUNREACH and its kin
  kBusy,         // bare ACK: alive, but the 4-tuple is still in use there
  kRejected,     // ICMP unreachable of the address itself: its firewall refuses, so it is bound
  kRefused,      // RST; connect refused
  kOpen,         // SYN-ACK; connect succeeded
};
inline constexpr std::size_t kEvidences = 9;

// The address itself answered.
constexpr bool shows_life(Evidence evidence) {
  return evidence >= Evidence::kRejected;
}

// What can happen to a target.
enum class Event : std::uint8_t {
  kSynAck,
  kRst,
  kRejected,  // ICMP unreachable, sent by the target itself
  kBusy,
  kIcmpUnreachable,
  kTimeout,
  kUnheard,  // a timeout, in a time when we could not hear
  kNotSent,
  kConnected,
  kConnectRefused,
  kConnectRejected,  // by ICMP unreachable, sent by the target itself
  kConnectTimeout,
  kConnectUnreachable,
  kConnectLocalError,
  kConnectUnheard,  // it failed, in a time when we could not hear
};
inline constexpr std::size_t kEvents = 15;

// A connect that met silence, or a router's word.
inline bool is_failed_connect(Event event) {
  return event == Event::kConnectTimeout || event == Event::kConnectUnreachable;
}

// What the scheduler has to do next.
enum class Action : std::uint8_t {
  kNone,          // wait for what is under way
  kAskNow,        // send the next attempt at once, from its new port
  kAskLater,      // send the next attempt when its time comes
  kRecheckNow,    // first full connect
  kRecheckLater,  // another full connect, spaced
  kSettled,       // nothing more will be asked
};

struct Policy {
  Attempt attempts = 3;  // SYNs to a silent target, those unheard not counted
  // Full connects to a failing target; 0: none. More than kConnectRoundsMax: no number of connects
  // makes its silence certain, and it ends as unknown.
  std::uint8_t recheck_rounds = 2;
  std::uint8_t local_retries = 2;  // further rounds when connects met local errors
};

enum class Phase : std::uint8_t { kUnasked, kAsking, kRechecking, kSettled };
inline constexpr std::size_t kPhases = 4;

inline constexpr std::uint32_t kNoRtt = UINT32_MAX;
// In rtt_us while the answer has overtaken its own notice; sent_at_us then holds its time.
inline constexpr std::uint32_t kOvertook = kNoRtt - 1;
inline constexpr std::size_t kConnectRoundsMax = 4;
// Attempts beyond Policy::attempts for a target that is alive but keeps answering "tuple busy".
inline constexpr Attempt kBusyAttempts = 2;
// No ladder is longer than this, whatever happens; the attempt numbers above are other people's.
inline constexpr Attempt kLadderMax = kAttemptsMax - 1;

struct TargetProgress {
  std::uint32_t sent_at_us = 0;  // of the newest attempt
  std::uint32_t rtt_us = kNoRtt;
  std::uint32_t syn_evidence = 0;      // Evidence, 4 bits an attempt
  std::uint16_t connect_evidence = 0;  // Evidence, 4 bits a round
  std::uint8_t attempts : 4 = 0;       // begun so far; see begin_attempt()
  bool next_is_asked_for : 1 = false;  // another attempt is due that has not begun
  std::uint8_t rounds : 3 = 0;         // connects ended so far
  std::uint8_t rounds_needed : 3 = 0;  // failing connects that make "missing" certain; by fold()
  Phase phase : 2 = Phase::kUnasked;
  bool waited_for_one_syn : 1 = false;  // its first connect, and for none of the kernel's repeats

  Evidence of_attempt(Attempt attempt) const;
  Evidence of_round(std::size_t round) const;
};
static_assert(sizeof(TargetProgress) == 16);
static_assert(kAttemptsMax * 4 <= 32 && kConnectRoundsMax * 4 <= 16);
static_assert(kAttemptsMax < 1 << 4 && kConnectRoundsMax < 1 << 3);

// The caller is about to send the next SYN: counts it and returns which attempt it is. Call it when
// an asked-for attempt is due, unless the target has left kUnasked and kAsking by then: an answer
// to an earlier attempt came meanwhile, and the attempt is to be forgotten.
inline Attempt begin_attempt(TargetProgress& state) {
  ROLLCALL_DCHECK(state.attempts < kAttemptsMax);
  ROLLCALL_DCHECK(state.phase == Phase::kUnasked || state.phase == Phase::kAsking);
  state.phase = Phase::kAsking;
  state.next_is_asked_for = false;
  return state.attempts++;
}

// Folds one event into the state. `attempt` is the SYN that it belongs to; ignored for connects.
Action fold(TargetProgress& state, Event event, Attempt attempt, inventory::Expect expect,
            const Policy& policy);

// `states` lie by place, as a sweep leaves them.
inline const TargetProgress& state_of(const inventory::TargetTable& table,
                                      std::span<const TargetProgress> states, TargetIndex target) {
  return states[table.place_of(target).value];
}

// Instead of another connect, the ladder of SYNs from its start, as far as it still goes: nobody
// proved before that an answer would have been heard, so all silence so far stops counting. True
// when another SYN is asked for now; false when nothing changed.
bool ask_anew(TargetProgress& state);

// Instead of the next SYN that was asked for, full connects decide. True when the target waits for
// one now.
bool end_ladder(TargetProgress& state);

// Our own path turned out to be unsound: every silence and every failed connect of this target
// stops counting, so that it can only be open, closed or unknown.
void disregard_silence(TargetProgress& state);

// The same for one SYN alone.
void disregard_attempt(TargetProgress& state, Attempt attempt);

// What the evidence so far amounts to. A target that is not settled and showed no sign of life is
// kUnknown, and so is one whose silence our own troubles kept us from confirming.
TargetVerdict verdict_of(const TargetProgress& state);

// SYNs that stayed without a sign of life.
int silent_syns(const TargetProgress& state);

// All that it showed of its life are rejections by ICMP.
bool is_rejected(const TargetProgress& state);

// True when the verdict is what the inventory expects.
bool as_expected(TargetVerdict verdict, inventory::Expect expect);

// "open", "closed", "unreachable", "silent", "unknown".
std::string_view to_string(TargetVerdict verdict);

// What each attempt, then each connect showed, in order: "syn:timeout", "connect:refused", ...
// Those of which nothing is known yet are left out.
class EvidenceTexts {
 public:
  explicit EvidenceTexts(const TargetProgress& state);
  auto begin() const { return texts_.begin(); }
  auto end() const { return texts_.begin() + static_cast<std::ptrdiff_t>(count_); }

 private:
  std::array<std::string_view, kAttemptsMax + kConnectRoundsMax> texts_;
  std::size_t count_ = 0;
};

}  // namespace rollcall::verdict
