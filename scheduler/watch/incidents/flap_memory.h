// Counts how often the reported trouble of one subject changed lately, and whether it is flapping.
//
// The subject is flapping when `flap_changes` changes lie within the window. It stays flapping
// until a whole window has passed without a change.
//
// Threading: one thread.
// Ownership: owns its times, at most flap_changes of them.
// Units:     monotonic time.
// Cost:      a few comparisons.
#pragma once

#include <deque>

#include "scheduler/watch/settings.h"

namespace rollcall::watch {

class FlapMemory {
 public:
  void count(TimePoint at, const Settings& settings) {
    times_.push_back(at);
    while (times_.size() > settings.flap_changes) times_.pop_front();
    const bool is_full = times_.size() == settings.flap_changes;
    if (is_full && at - times_.front() <= settings.flap_window) is_flapping_ = true;
  }

  // Returns true while the subject is flapping.
  bool at(TimePoint now, const Settings& settings) {
    if (times_.empty() || now - times_.back() <= settings.flap_window) return is_flapping_;
    times_.clear();
    return is_flapping_ = false;
  }

  // After a restart: an incident that was flapping still is, for a whole window.
  void restore(TimePoint now) {
    times_ = {now};
    is_flapping_ = true;
  }

  bool is_quiet() const { return times_.empty(); }

 private:
  std::deque<TimePoint> times_;  // the newest last
  bool is_flapping_ = false;
};

}  // namespace rollcall::watch
