// Test fixture: builds the results of sweeps from a Fleet, with figures that are easy to recognise.
#pragma once

#include <sstream>
#include <string>

#include "cli/render/render.h"
#include "scheduler/sweep/sweep_result.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::cli {

struct Swept {
  inventory::TargetTable table;
  sweep::SweepResult result;
};

// Judges as the scheduler does: counts targets, and reports every group that is not up.
inline Swept sweep_of(const verdict::Fleet& fleet) {
  Swept swept{fleet.table(), {}};
  sweep::SweepResult& result = swept.result;
  result.states = fleet.states();
  for (const auto& state : result.states) {
    ++result.counts[static_cast<std::size_t>(verdict_of(state))];
  }
  result.groups_not_up = verdict::judge_groups(swept.table, result.states);
  // 2026-01-05T08:00:00.123Z
  result.started_at = WallTime(std::chrono::milliseconds(1'767'600'000'123));
  result.duration = std::chrono::microseconds(1'420'400);
  result.path = {.lane = "io_uring",
                 .rate_pps = 48211.4,
                 .probes_sent = swept.table.size() + 74,
                 .replies = result.counts[0] + result.counts[1],
                 .rtt_p50_ms = 0.4,
                 .rtt_p90_ms = 0.9,
                 .rtt_p99_ms = 1.6004};
  return swept;
}

inline std::string rendered(const Swept& swept, Format format, bool all = false) {
  std::ostringstream out;
  render(out, swept.table, swept.result, {.format = format, .all = all});
  return out.str();
}

}  // namespace rollcall::cli
