// Finds the highest rate that passes. It requests one trial after the other.
//
//   low, x2, x2, ... until a rate fails or `high` passes; then halving the gap (geometrically)
//
// A machine may stall for a moment, so a rate fails only after two failed trials in a row. The
// caller decides whether a trial passes (no loss, and the requested rate reached).
//
// Threading: one thread.
// Units:     probes per second.
// Errors:    best() is 0 if not even `low` passes.
// Cost:      about log2(high / low) + 2 * narrowings trials.
#pragma once

#include <optional>

#include "engine/base/units.h"

namespace rollcall::bench {

class KneeSearch {
 public:
  struct Range {
    PacketRate low;   // of the first trial
    PacketRate high;  // never more than this
    unsigned narrowings = 3;
  };
  // Requires: 0 < low <= high.
  explicit KneeSearch(const Range& range);

  // The rate of the next trial; nullopt when the search is over.
  std::optional<PacketRate> next() const { return next_; }
  // Reports the result of the trial at next(). Requires: next() has a value.
  void note(bool passed);

  // The highest rate that passed.
  PacketRate best() const { return passed_; }

 private:
  void narrow();

  PacketRate high_;
  unsigned narrowings_;
  PacketRate passed_{0};
  std::optional<PacketRate> failed_;  // the lowest
  bool failed_once_ = false;          // at next_
  std::optional<PacketRate> next_;
};

}  // namespace rollcall::bench
