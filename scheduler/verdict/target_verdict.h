// What one target has shown in this sweep, and what follows from it.
//
// Pure: (state, event, policy) -> (state, action), written as one table in target_verdict.cc. No I/O, no
// clock. Positive evidence ends the asking; silence only ever leads to the next question; "missing"
// comes from failed connects, never from a packet.
//
// Threading: value types and pure functions.
// Ownership: none.
// Units:     microseconds since the sweep began, 32 bits, wrapping differences.
// Errors:    none; every event is total on every state.
// Cost:      16 bytes a target; a few nanoseconds an event.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/units.h"
#include "engine/inventory/target_table.h"

namespace rollcall::verdict {

enum class TargetVerdict : std::uint8_t { kOpen, kClosed, kUnreachable, kSilent, kUnknown };
inline constexpr std::size_t kTargetVerdicts = 5;

// What an attempt or a connect showed. Fits in 4 bits.
enum class Evidence : std::uint8_t {
  kNone,         // not asked, or not yet known
  kTimeout,      // asked, nothing heard
  kOpen,         // SYN-ACK; connect succeeded
  kRefused,      // RST; connect refused
  kBusy,         // bare ACK: alive, but the 4-tuple is still in use there
  kUnreachable,  // ICMP type 3; connect got EHOSTUNREACH and its kin
  kNotSent,      // our own kernel would not send it, or a local error stopped the connect
  kUnheard,      // asked while our own path was not sound: its silence does not count
};

// What can happen to a target.
enum class Event : std::uint8_t {
  kSynAck,
  kRst,
  kBusy,
  kIcmpUnreachable,
  kTimeout,
  kNotSent,
  kConnected,
  kConnectRefused,
  kConnectTimeout,
  kConnectUnreachable,
  kConnectLocalError,
};

// What the scheduler has to do next.
enum class Action : std::uint8_t {
  kNone,         // wait for what is under way
  kAskNow,       // send the next attempt at once, from its new port
  kAskLater,     // send the next attempt when its time comes
  kRecheckNow,   // first full connect
  kRecheckLater, // another full connect, spaced
  kSettled,      // nothing more will be asked
};

struct Policy {
  Attempt attempts = 3;            // SYNs to a silent target
  std::uint8_t recheck_rounds = 2; // full connects to a failing target; 0: none
  std::uint8_t local_retries = 2;  // further rounds when connects met local errors
};

enum class Phase : std::uint8_t { kUnasked, kAsking, kRechecking, kSettled };

inline constexpr std::uint32_t kNoRtt = UINT32_MAX;
inline constexpr std::size_t kConnectRoundsMax = 4;

struct TargetState {
  std::uint32_t sent_at_us = 0;        // of the newest attempt
  std::uint32_t rtt_us = kNoRtt;
  std::uint32_t syn_evidence = 0;      // Evidence, 4 bits an attempt
  std::uint16_t connect_evidence = 0;  // Evidence, 4 bits a round
  std::uint8_t attempts = 0;           // begun so far
  std::uint8_t rounds : 4 = 0;         // connects ended so far
  Phase phase : 4 = Phase::kUnasked;

  Evidence of_attempt(Attempt attempt) const;
  Evidence of_round(std::size_t round) const;
};
static_assert(sizeof(TargetState) == 16);
static_assert(kAttemptsMax * 4 <= 32 && kConnectRoundsMax * 4 <= 16);

// Folds one event into the state. `attempt` is the SYN that it belongs to; ignored for connects.
Action fold(TargetState& state, Event event, Attempt attempt, inventory::Expect expect,
            const Policy& policy);

// What the evidence so far amounts to. A target that is not settled and showed no sign of life is
// kUnknown.
TargetVerdict verdict_of(const TargetState& state);

// True when the verdict is what the inventory expects.
bool as_expected(TargetVerdict verdict, inventory::Expect expect);

// "open", "closed", "unreachable", "silent", "unknown".
std::string_view to_string(TargetVerdict verdict);

}  // namespace rollcall::verdict
