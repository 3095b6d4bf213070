// Whether the watch can tell of all of its fleet: a sound sweep of some group says nothing of the
// others.
//
//   each lot (targets asked at one interval) ── its newest sweep ──> well, or why not
//                                            ── its newest sound sweep ──> ready for two intervals
//
// Threading: the service's thread.
// Ownership: owns its lots.
// Units:     monotonic time.
// Errors:    none.
// Cost:      a few lots.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

class Sight {
 public:
  // The lots there are from `now` on, by their intervals. One that another inventory brought has
  // two of its intervals to be seen; at first nothing is known of any.
  void adopt(std::span<const Duration> intervals, TimePoint now);

  // A sweep that covered all targets of these lots, which may be none.
  void judged(std::span<const Duration> intervals, const sweep::SweepResult& result, TimePoint end);
  void failed(std::span<const Duration> intervals, const std::string& why);

  // Until then each lot has a sound sweep that is younger than two of its intervals.
  TimePoint ready_until() const;
  // Why the newest sweep, or the newest one of some lot, did not judge all that it could ask; "".
  std::string blindness() const;

 private:
  struct Lot {
    Duration interval{};
    std::string blindness;
    TimePoint sound_until{};
  };

  void note(std::span<const Duration> intervals, const std::string& blindness,
            std::optional<TimePoint> sound_at);

  std::vector<Lot> lots_;
  std::string newest_;  // of the newest sweep
};

}  // namespace rollcall::cli
