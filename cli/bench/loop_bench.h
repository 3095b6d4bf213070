// Measures the whole loop (SYN sent, reply received and verified) at rising rates, until replies
// are lost.
//
// Threading: one thread; `ask` may start others.
// Units:     probes and verified addresses per second.
// Errors:    those of `ask`.
// Cost:      some ten steps of the caller's length.
#pragma once

#include <functional>

#include "cli/bench/knee_search.h"
#include "cli/bench/report.h"
#include "engine/base/error.h"

namespace rollcall::bench {

// Probes each address with one SYN at the given rate, and returns the figures.
using AskAtRate = std::function<Result<LoopStep>(PacketRate)>;

// A step passes if every address that is expected to answer did. It must also reach the requested
// rate, or exceed the best rate so far.
bool passes(const LoopStep& step, double best_pps);

// Runs steps until the highest rate is known, or `interrupted` returns true.
Result<LoopFigures> measure_loop(const KneeSearch::Range& range, const AskAtRate& ask,
                                 const std::function<bool()>& interrupted);

}  // namespace rollcall::bench
