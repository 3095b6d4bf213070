// Shows the state of `verify` while it waits: on a terminal in one line that it rewrites, elsewhere
// in a new line for each change.
//
// Threading: one thread.
// Ownership: erases its line when destroyed.
// Cost:      one line for each sweep.
#pragma once

#include <string>

#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

class WaitingLine {
 public:
  explicit WaitingLine(bool quiet);
  ~WaitingLine();
  WaitingLine(const WaitingLine&) = delete;
  WaitingLine& operator=(const WaitingLine&) = delete;

  struct State {
    bool changed = false;  // since the last sweep
    unsigned good = 0;     // good sweeps in a row
    Duration left{};
  };
  void show(const inventory::TargetTable& table, const sweep::SweepResult& result,
            const State& state);
  // Says that a sweep could not start, and why.
  void show_failure(const std::string& reason, Duration left);
  void note(const std::string& text) const;

 private:
  void show_text(const std::string& text, const std::string& end_of_line, bool changed);

  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  std::string failure_;  // the last reason shown
};

// "web42: 200 of 254 answer, missing 198.18.2.201-198.18.2.254; web43: ..." or "all 254 addresses
// answer".
std::string waiting_text(const inventory::TargetTable& table, const sweep::SweepResult& result);

}  // namespace rollcall::cli
