// Tracks one target through a sweep: folds each event into its state and returns the next step.
//
// Pure: (state, event, policy) -> (state, action), written as one table in target_verdict.cc. No
// I/O, no clock. Positive evidence ends the probing. Silence only leads to the next attempt.
// "Missing" comes from failed connects, never from a packet (unless the policy has no rechecks).
//
// Invariants:
//  1. Stronger evidence of an attempt replaces weaker evidence, never the reverse.
//  2. fold() returns kSettled exactly once a target; later evidence can only improve the verdict.
//  3. After kAskNow or kAskLater, fold() requests nothing more until begin_attempt().
//
// Threading: value types and pure functions.
// Units:     microseconds since the sweep began, 32 bits, wrapping differences.
// Errors:    none; every state accepts every event.
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

// The result of an attempt or a connect, weakest first. Fits in 4 bits.
enum class Evidence : std::uint8_t {
  kNone,         // not sent, or no result yet
  kUnheard,      // sent while this host's path was not sound: its silence does not count
  kNotSent,      // the kernel refused to send it, or a local error stopped the connect
  kTimeout,      // sent, no reply
  kUnreachable,  // ICMP type 3; connect failed with EHOSTUNREACH or a similar errno
  kBusy,         // bare ACK: alive, but the target still has a connection on this 4-tuple
  kRejected,     // ICMP unreachable from the address itself: its firewall refuses, so it is bound
  kRefused,      // RST; connect refused
  kOpen,         // SYN-ACK; connect succeeded
};
inline constexpr std::size_t kEvidences = 9;

// True when the address itself answered.
constexpr bool shows_life(Evidence evidence) {
  return evidence >= Evidence::kRejected;
}

// Everything that can happen to a target.
enum class Event : std::uint8_t {
  kSynAck,
  kRst,
  kRejected,  // ICMP unreachable, sent by the target itself
  kBusy,
  kIcmpUnreachable,
  kTimeout,
  kUnheard,  // a timeout while this host could not receive replies
  kNotSent,
  kConnected,
  kConnectRefused,
  kConnectRejected,  // by ICMP unreachable, sent by the target itself
  kConnectTimeout,
  kConnectUnreachable,
  kConnectLocalError,
  kConnectUnheard,  // it failed while this host could not receive replies
};
inline constexpr std::size_t kEvents = 15;

// A connect that timed out, or that a router reported as unreachable.
inline bool is_failed_connect(Event event) {
  return event == Event::kConnectTimeout || event == Event::kConnectUnreachable;
}

// The scheduler's next step for the target.
enum class Action : std::uint8_t {
  kNone,          // wait for the attempt or connect under way
  kAskNow,        // send the next attempt at once, from its new port
  kAskLater,      // send the next attempt after the retry delay
  kRecheckNow,    // first full connect
  kRecheckLater,  // another full connect, after a pause
  kSettled,       // send nothing more
};

struct Policy {
  Attempt attempts = 3;  // SYNs to a silent target; kUnheard ones do not count
  // Full connects to a failing target; 0: none. More than kConnectRoundsMax: no number of connects
  // makes its silence certain, and the target ends as unknown.
  std::uint8_t recheck_rounds = 2;
  std::uint8_t local_retries = 2;  // further rounds when connects failed with local errors
};

enum class Phase : std::uint8_t { kUnasked, kAsking, kRechecking, kSettled };
inline constexpr std::size_t kPhases = 4;

inline constexpr std::uint32_t kNoRtt = UINT32_MAX;
// Value of rtt_us when the answer arrived before the notice of its SYN; sent_at_us then holds the
// time of the answer.
inline constexpr std::uint32_t kOvertook = kNoRtt - 1;
inline constexpr std::size_t kConnectRoundsMax = 4;
// Attempts beyond Policy::attempts for a target that is alive but keeps answering "tuple busy".
inline constexpr Attempt kBusyAttempts = 2;
// Upper limit of SYN attempts per target; canaries use the highest attempt number.
inline constexpr Attempt kLadderMax = kAttemptsMax - 1;

struct TargetProgress {
  std::uint32_t sent_at_us = 0;  // of the newest attempt
  std::uint32_t rtt_us = kNoRtt;
  std::uint32_t syn_evidence = 0;      // Evidence, 4 bits an attempt
  std::uint16_t connect_evidence = 0;  // Evidence, 4 bits a round
  std::uint8_t attempts : 4 = 0;       // begun so far; see begin_attempt()
  bool next_is_asked_for : 1 = false;  // another attempt is requested and has not begun
  std::uint8_t rounds : 3 = 0;         // connects ended so far
  std::uint8_t rounds_needed : 3 = 0;  // failing connects that make "missing" certain; set by fold
  Phase phase : 2 = Phase::kUnasked;
  bool waited_for_one_syn : 1 = false;  // a connect was too short for a second SYN

  Evidence of_attempt(Attempt attempt) const;
  Evidence of_round(std::size_t round) const;
};
static_assert(sizeof(TargetProgress) == 16);
static_assert(kAttemptsMax * 4 <= 32 && kConnectRoundsMax * 4 <= 16);
static_assert(kAttemptsMax < 1 << 4 && kConnectRoundsMax < 1 << 3);

// Counts the SYN that the caller is about to send and returns its attempt number. The caller calls
// this when a requested attempt is due. If the target has left kUnasked and kAsking by then, an
// earlier attempt got an answer, and the caller drops the request instead.
inline Attempt begin_attempt(TargetProgress& state) {
  ROLLCALL_DCHECK(state.attempts < kAttemptsMax);
  ROLLCALL_DCHECK(state.phase == Phase::kUnasked || state.phase == Phase::kAsking);
  state.phase = Phase::kAsking;
  state.next_is_asked_for = false;
  return state.attempts++;
}

// Folds one event into the state. `attempt` names the SYN that caused it; ignored for connects.
Action fold(TargetProgress& state, Event event, Attempt attempt, inventory::Expect expect,
            const Policy& policy);

// `states` are ordered by ScanIndex, as a sweep leaves them.
inline const TargetProgress& state_of(const inventory::TargetTable& table,
                                      std::span<const TargetProgress> states, TargetIndex target) {
  return states[table.place_of(target).value];
}

// Restarts the SYN attempts, as far as kLadderMax allows, instead of another connect. No reply had
// yet proved the path, so all silence so far stops counting. True when another SYN is requested
// now; false when nothing changed.
bool ask_anew(TargetProgress& state);

// Lets full connects decide instead of the requested next SYN. True when the target now waits for
// a connect.
bool end_ladder(TargetProgress& state);

// Call when this host's path proves unsound. Every silence and every failed connect of this target
// stops counting, so it can only be open, closed or unknown.
void disregard_silence(TargetProgress& state);

// Does the same for one SYN.
void disregard_attempt(TargetProgress& state, Attempt attempt);

// The verdict from the evidence so far. A target that is not settled and showed no sign of life is
// kUnknown. If faults of this host prevented the confirmation of its silence, it is kUnknown too.
TargetVerdict verdict_of(const TargetProgress& state);

// The number of SYNs that got no sign of life.
int silent_syns(const TargetProgress& state);

// True when ICMP rejections are its only signs of life.
bool is_rejected(const TargetProgress& state);

// True when the verdict is what the inventory expects.
bool as_expected(TargetVerdict verdict, inventory::Expect expect);

// "open", "closed", "unreachable", "silent", "unknown".
std::string_view to_string(TargetVerdict verdict);

// The result of each attempt, then of each connect, in order: "syn:timeout", "connect:refused", ...
// Leaves out attempts and connects without a result.
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
