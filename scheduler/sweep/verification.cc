#include "scheduler/sweep/verification.h"

#include "engine/base/error.h"

namespace rollcall::sweep {
namespace {

using verdict::TargetVerdict;

bool answers(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

}  // namespace

Verification::Verification(const inventory::TargetTable& table, unsigned stable, TimePoint start)
    : stable_(stable),
      start_(start),
      answered_(table.size()),
      last_(table.size(), TargetVerdict::kUnknown) {
  ROLLCALL_CHECK(stable >= 1);
}

bool Verification::add(const SweepResult& result, TimePoint ended) {
  bool changed = sweeps_ == 0;
  for (std::size_t i = 0; i < last_.size(); ++i) {
    const TargetVerdict verdict = verdict::verdict_of(result.states[i]);
    if (answers(verdict)) answered_[i] = true;
    // Only a change between answering and not answering counts, or between open and closed. The
    // kind of silence may differ in every sweep.
    if (answers(verdict) != answers(last_[i]) || (answers(verdict) && verdict != last_[i])) {
      changed = true;
    }
    last_[i] = verdict;
  }
  ++sweeps_;
  if (exit_code(result) != 0) {
    add_failure();
  } else if (good_in_row_++ == 0) {
    all_answered_after_ = ended - start_;
  }
  return changed;
}

void Verification::add_failure() {
  good_in_row_ = 0;
  all_answered_after_.reset();
}

}  // namespace rollcall::sweep
