#include "scheduler/verdict/target_verdict.h"

#include <algorithm>

#include "engine/base/error.h"

namespace rollcall::verdict {
namespace {

using inventory::Expect;

// The effect of an event on a target. Steps that depend on counts call the functions named here.
enum class Step : std::uint8_t {
  kIgnore,  // impossible in this phase, or adds no information
  kRecord,  // keep the evidence and wait; in kSettled: late evidence, which can only improve
  kSettle,  // keep the evidence, send nothing more
  kDoubt,   // keep the evidence, full connects decide
  kSilent,  // next attempt later, or recheck         -> after_silence()
  kBusy,    // next attempt now, or recheck           -> after_busy()
  kFailed,  // next connect later, or settle          -> after_failed_connect()
};

struct Row {
  Evidence evidence;
  std::array<Step, kPhases> by_phase;
};

using enum Step;

// The complete state machine. Rows are in the order of Event. If the inventory expects an open
// port, a RST or a rejection needs a recheck: kRstWhereOpen and kRejectedWhereOpen then replace
// their rows. An open port answers with a RST while its kernel holds our 4-tuple in SYN_RECV
// (ADR 4).
// clang-format off
constexpr std::array<Row, kEvents> kTable{{
    //                                                 Unasked  Asking   Rechecking Settled
    /* kSynAck             */ {Evidence::kOpen,        {kSettle, kSettle, kSettle, kRecord}},
    /* kRst, bound wanted  */ {Evidence::kRefused,     {kSettle, kSettle, kSettle, kRecord}},
    /* kRejected, bound    */ {Evidence::kRejected,    {kSettle, kSettle, kSettle, kRecord}},
    /* kBusy               */ {Evidence::kBusy,        {kIgnore, kBusy,   kRecord, kRecord}},
    /* kIcmpUnreachable    */ {Evidence::kUnreachable, {kIgnore, kRecord, kRecord, kRecord}},
    /* kTimeout            */ {Evidence::kTimeout,     {kIgnore, kSilent, kIgnore, kIgnore}},
    /* kUnheard            */ {Evidence::kUnheard,     {kIgnore, kSilent, kIgnore, kIgnore}},
    /* kNotSent            */ {Evidence::kNotSent,     {kIgnore, kSilent, kIgnore, kIgnore}},
    /* kConnected          */ {Evidence::kOpen,        {kSettle, kSettle, kSettle, kRecord}},
    /* kConnectRefused     */ {Evidence::kRefused,     {kSettle, kSettle, kSettle, kRecord}},
    /* kConnectRejected    */ {Evidence::kRejected,    {kSettle, kSettle, kSettle, kRecord}},
    /* kConnectTimeout     */ {Evidence::kTimeout,     {kIgnore, kIgnore, kFailed, kIgnore}},
    /* kConnectUnreachable */ {Evidence::kUnreachable, {kIgnore, kIgnore, kFailed, kIgnore}},
    /* kConnectLocalError  */ {Evidence::kNotSent,     {kIgnore, kIgnore, kFailed, kIgnore}},
    /* kConnectUnheard     */ {Evidence::kUnheard,     {kIgnore, kIgnore, kFailed, kIgnore}},
}};
constexpr Row kRstWhereOpen = {Evidence::kRefused,     {kDoubt,  kDoubt,  kRecord, kRecord}};
constexpr Row kRejectedWhereOpen = {Evidence::kRejected, {kDoubt, kDoubt,  kRecord, kRecord}};
// clang-format on

const Row& row_of(Event event, Expect expect) {
  if (expect == Expect::kOpen) {
    if (event == Event::kRst) return kRstWhereOpen;
    if (event == Event::kRejected) return kRejectedWhereOpen;
  }
  return kTable[static_cast<std::size_t>(event)];
}

bool is_connect(Event event) {
  return event >= Event::kConnected;
}

bool is_failing(Evidence evidence) {
  return evidence == Evidence::kTimeout || evidence == Evidence::kUnreachable;
}

// True when the outcome of this attempt decides the next step: the attempt is the newest, and no
// step has followed from it yet.
bool is_current(const TargetProgress& state, Attempt attempt) {
  return attempt + 1 == state.attempts && !state.next_is_asked_for;
}

bool has_any(const TargetProgress& state, auto&& predicate) {
  for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (predicate(state.of_attempt(attempt))) return true;
  }
  for (std::size_t round = 0; round < kConnectRoundsMax; ++round) {
    if (predicate(state.of_round(round))) return true;
  }
  return false;
}

bool has(const TargetProgress& state, Evidence wanted) {
  return has_any(state, [wanted](Evidence evidence) { return evidence == wanted; });
}

// True when at least one probe left this host and got no proof of life. If the kernel refused to
// send every probe, a failing connect is a fault of this host too.
bool was_unjudged(const TargetProgress& state) {
  for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Evidence evidence = state.of_attempt(attempt);
    if (evidence == Evidence::kUnheard || evidence >= Evidence::kTimeout) return true;
  }
  return false;
}

int unheard_attempts(const TargetProgress& state) {
  int unheard = 0;
  for (Attempt attempt = 0; attempt < state.attempts; ++attempt) {
    unheard += state.of_attempt(attempt) == Evidence::kUnheard;
  }
  return unheard;
}

// The verdict "silent" without connects. Requires one counted silence, a newest attempt whose
// silence counts, and no bare ACK, since a bare ACK shows a live host.
bool is_silent_to_syns(const TargetProgress& state) {
  const auto newest = static_cast<Attempt>(state.attempts - 1);
  return state.attempts > 0 && !has(state, Evidence::kBusy) && has_any(state, is_failing) &&
         state.of_attempt(newest) != Evidence::kUnheard;
}

int failing_rounds(const TargetProgress& state) {
  int failing = 0;
  for (std::size_t round = 0; round < state.rounds; ++round) {
    failing += is_failing(state.of_round(round));
  }
  return failing;
}

void record_attempt(TargetProgress& state, Attempt attempt, Evidence evidence) {
  if (evidence <= state.of_attempt(attempt)) return;
  const int shift = 4 * attempt;
  state.syn_evidence &= ~(std::uint32_t{0xf} << shift);
  state.syn_evidence |= static_cast<std::uint32_t>(evidence) << shift;
}

void record_round(TargetProgress& state, Evidence evidence) {
  // The last slot takes any further round. fold() never requests that many rounds.
  const std::size_t round = std::min<std::size_t>(state.rounds, kConnectRoundsMax - 1);
  if (evidence <= state.of_round(round)) return;
  state.connect_evidence &= static_cast<std::uint16_t>(~(0xf << (4 * round)));
  state.connect_evidence |= static_cast<std::uint16_t>(static_cast<int>(evidence) << (4 * round));
  state.rounds = static_cast<std::uint8_t>(round + 1) & 7;
}

Action settle(TargetProgress& state) {
  state.phase = Phase::kSettled;
  return Action::kSettled;
}

Action doubt(TargetProgress& state) {
  if (state.rounds_needed == 0) return settle(state);
  state.phase = Phase::kRechecking;
  return Action::kRecheckNow;
}

Action ask(TargetProgress& state, Action when) {
  state.next_is_asked_for = true;
  return when;
}

Action after_silence(TargetProgress& state, const Policy& policy) {
  const int limit = std::min<int>(policy.attempts + unheard_attempts(state), kLadderMax);
  return state.attempts < limit ? ask(state, Action::kAskLater) : doubt(state);
}

Action after_busy(TargetProgress& state, const Policy& policy) {
  const int limit = std::min<int>(policy.attempts + kBusyAttempts, kLadderMax);
  return state.attempts < limit ? ask(state, Action::kAskNow) : doubt(state);
}

Action after_failed_connect(TargetProgress& state, const Policy& policy) {
  const std::size_t limit =
      std::min<std::size_t>(policy.recheck_rounds + policy.local_retries, kConnectRoundsMax);
  if (failing_rounds(state) < state.rounds_needed && state.rounds < limit) {
    return Action::kRecheckLater;
  }
  return settle(state);
}

// The port of a reply names its attempt, so a reply can name an attempt that has not begun. Only
// proof of life is kept then. Any other evidence would suppress the real attempt's result.
bool belongs(const TargetProgress& state, Attempt attempt, Evidence evidence) {
  return attempt < state.attempts || (attempt < kAttemptsMax && shows_life(evidence));
}

}  // namespace

Evidence TargetProgress::of_attempt(Attempt attempt) const {
  if (attempt >= kAttemptsMax) return Evidence::kNone;
  return static_cast<Evidence>((syn_evidence >> (4 * attempt)) & 0xf);
}

Evidence TargetProgress::of_round(std::size_t round) const {
  if (round >= kConnectRoundsMax) return Evidence::kNone;
  return static_cast<Evidence>((connect_evidence >> (4 * round)) & 0xf);
}

Action fold(TargetProgress& state, Event event, Attempt attempt, Expect expect,
            const Policy& policy) {
  const Row& row = row_of(event, expect);
  const Step step = row.by_phase[static_cast<std::size_t>(state.phase)];
  if (step == kIgnore) return Action::kNone;
  if (!is_connect(event) && !belongs(state, attempt, row.evidence)) return Action::kNone;

  if (step == kSilent && !is_current(state, attempt)) return Action::kNone;

  if (state.phase != Phase::kSettled) {
    state.rounds_needed = std::min<std::uint8_t>(policy.recheck_rounds, kConnectRoundsMax + 1) & 7;
  }
  is_connect(event) ? record_round(state, row.evidence)
                    : record_attempt(state, attempt, row.evidence);
  switch (step) {
    case kIgnore:
    case kRecord:
      return Action::kNone;
    case kSettle:
      return settle(state);
    case kDoubt:
      return doubt(state);
    case kSilent:
      return after_silence(state, policy);
    case kBusy:
      return is_current(state, attempt) ? after_busy(state, policy) : Action::kNone;
    case kFailed:
      return after_failed_connect(state, policy);
  }
  return Action::kNone;
}

bool ask_anew(TargetProgress& state) {
  const bool may = state.phase == Phase::kRechecking && !has_any(state, shows_life) &&
                   state.attempts < kLadderMax;
  if (!may) return false;
  disregard_silence(state);
  state.phase = Phase::kAsking;
  state.next_is_asked_for = true;
  return true;
}

bool end_ladder(TargetProgress& state) {
  if (state.phase != Phase::kAsking || !state.next_is_asked_for || state.rounds_needed == 0) {
    return false;
  }
  state.next_is_asked_for = false;
  state.phase = Phase::kRechecking;
  return true;
}

void disregard_attempt(TargetProgress& state, Attempt attempt) {
  if (state.of_attempt(attempt) != Evidence::kTimeout) return;
  state.syn_evidence &= ~(std::uint32_t{0xf} << (4 * attempt));
  state.syn_evidence |= static_cast<std::uint32_t>(Evidence::kUnheard) << (4 * attempt);
}

void disregard_silence(TargetProgress& state) {
  for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) disregard_attempt(state, attempt);
  for (std::size_t round = 0; round < kConnectRoundsMax; ++round) {
    if (!is_failing(state.of_round(round))) continue;
    state.connect_evidence &= static_cast<std::uint16_t>(~(0xf << (4 * round)));
    state.connect_evidence |=
        static_cast<std::uint16_t>(static_cast<int>(Evidence::kUnheard) << (4 * round));
  }
}

TargetVerdict verdict_of(const TargetProgress& state) {
  if (has(state, Evidence::kOpen)) return TargetVerdict::kOpen;
  if (has_any(state, shows_life)) return TargetVerdict::kClosed;
  if (state.phase != Phase::kSettled) return TargetVerdict::kUnknown;
  if (!was_unjudged(state)) return TargetVerdict::kUnknown;
  const bool missing = state.rounds_needed > 0 ? failing_rounds(state) >= state.rounds_needed
                                               : is_silent_to_syns(state);
  if (!missing) return TargetVerdict::kUnknown;
  return has(state, Evidence::kUnreachable) ? TargetVerdict::kUnreachable : TargetVerdict::kSilent;
}

int silent_syns(const TargetProgress& state) {
  int silent = 0;
  for (Attempt attempt = 0; attempt < state.attempts; ++attempt) {
    const Evidence evidence = state.of_attempt(attempt);
    silent += evidence == Evidence::kTimeout || evidence == Evidence::kUnreachable;
  }
  return silent;
}

bool is_rejected(const TargetProgress& state) {
  return has(state, Evidence::kRejected) && !has(state, Evidence::kRefused) &&
         !has(state, Evidence::kOpen);
}

bool as_expected(TargetVerdict verdict, Expect expect) {
  return verdict == TargetVerdict::kOpen ||
         (verdict == TargetVerdict::kClosed && expect == Expect::kBound);
}

std::string_view to_string(TargetVerdict verdict) {
  static constexpr std::array<std::string_view, kTargetVerdicts> kNames{
      "open", "closed", "unreachable", "silent", "unknown"};
  return kNames[static_cast<std::size_t>(verdict)];
}

EvidenceTexts::EvidenceTexts(const TargetProgress& state) {
  // In the order of Evidence. A connect never shows kBusy: the kernel handles the bare ACK itself.
  static constexpr std::array<std::string_view, kEvidences> kSyn{
      "",         "syn:unheard",  "syn:not-sent", "syn:timeout", "syn:unreachable",
      "syn:busy", "syn:rejected", "syn:rst",      "syn:syn-ack"};
  static constexpr std::array<std::string_view, kEvidences> kConnect{"",
                                                                     "connect:unheard",
                                                                     "connect:local-error",
                                                                     "connect:timeout",
                                                                     "connect:unreachable",
                                                                     "connect:busy",
                                                                     "connect:rejected",
                                                                     "connect:refused",
                                                                     "connect:ok"};
  const auto add = [this](const auto& names, Evidence evidence) {
    if (evidence != Evidence::kNone) texts_[count_++] = names[static_cast<std::size_t>(evidence)];
  };
  for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
    add(kSyn, state.of_attempt(attempt));
  }
  for (std::size_t round = 0; round < kConnectRoundsMax; ++round) {
    add(kConnect, state.of_round(round));
  }
}

}  // namespace rollcall::verdict
