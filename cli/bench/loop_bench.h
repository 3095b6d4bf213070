// The whole loop, SYN out, answer in and verified, at rising rates until answers get lost.
//
// Threading: one thread; `ask` may start its own.
// Ownership: returns values.
// Units:     probes and verified addresses per second.
// Errors:    those of `ask`.
// Cost:      some ten steps of the caller's length.
#pragma once

#include <functional>

#include "cli/bench/knee_search.h"
#include "cli/bench/report.h"
#include "engine/base/error.h"

namespace rollcall::bench {

// Asks for one rate, each address with one SYN, and says what came of it.
using AskAtRate = std::function<Result<LoopStep>(PacketRate)>;

// A step passes when every address known to answer did, and the rate came about as asked or at
// least grew beyond the best so far.
bool passes(const LoopStep& step, double best_pps);

// Steps until the knee is known, or `interrupted`.
Result<LoopFigures> measure_loop(const KneeSearch::Range& range, const AskAtRate& ask,
                                 const std::function<bool()>& interrupted);

}  // namespace rollcall::bench
