// The one line on a terminal that says how a sweep is getting on; nothing at all elsewhere.
//
// Threading: one thread.
// Ownership: erases its line when destroyed.
// Units:     targets, probes a second.
// Errors:    none.
// Cost:      at most ten writes a second.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::cli {

class ProgressLine {
 public:
  // `enabled`: standard error is a terminal and nobody asked for quiet.
  ProgressLine(bool enabled, PacketRate rate) : enabled_(enabled), rate_(rate) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const sweep::Progress& progress, TimePoint now);

 private:
  bool enabled_;
  PacketRate rate_;
  bool shown_ = false;
  std::optional<TimePoint> last_at_;
  std::uint64_t last_sent_ = 0;
};

// The text alone, for a given current rate; at most 79 columns for fleets below ten million.
std::string progress_text(const sweep::Progress& progress, double sent_per_second,
                          PacketRate planned);

}  // namespace rollcall::cli
