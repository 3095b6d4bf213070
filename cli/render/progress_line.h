// Shows the progress of a sweep in one line, on a terminal only.
//
// Threading: one thread.
// Ownership: erases its line when destroyed.
// Units:     targets, probes per second.
// Cost:      at most ten writes per second.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::cli {

// The rate at which a sweep sends its first attempts.
struct Pace {
  PacketRate planned;
  PacketRate limit{1e9};  // above `planned` if the sweep finds its rate
  bool is_slowed_by_group_rate = false;
};

class ProgressLine {
 public:
  // `enabled`: standard error is a terminal, and --quiet is not given.
  ProgressLine(bool enabled, const Pace& pace) : enabled_(enabled), pace_(pace) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const sweep::Progress& progress, TimePoint now);

 private:
  bool enabled_;
  Pace pace_;
  bool shown_ = false;
  std::optional<TimePoint> last_at_;
  std::uint64_t last_sent_ = 0;
};

// The text alone, for a given current rate; at most 79 columns for fleets below ten million
// targets.
std::string progress_text(const sweep::Progress& progress, double sent_per_second,
                          const Pace& pace);

}  // namespace rollcall::cli
