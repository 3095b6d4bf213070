#include "cli/service/coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/base/error.h"

namespace rollcall::cli {
namespace {

bool is_judged(const verdict::TargetProgress& state, const sweep::SweepResult& result) {
  if (!result.sound) return false;
  if (verdict_of(state) != verdict::TargetVerdict::kUnknown) return true;
  // Zero attempts in a sound sweep mean that no route leads to the target. The exceptions: the
  // sweep lost routes, or held targets back.
  return state.attempts == 0 && !result.routes_lost && !result.held_back;
}

}  // namespace

void Coverage::take_classes(const watch::Schedule& schedule, std::size_t targets) {
  seen_.assign(targets, {});
  intervals_.clear();
  for (const watch::IntervalClassView& interval_class : schedule.interval_classes()) {
    for (const TargetIndex target : interval_class.targets) {
      seen_[target.value].interval_class = static_cast<std::uint16_t>(intervals_.size());
    }
    intervals_.push_back(interval_class.interval);
  }
  durations_.assign(intervals_.size(), {});
}

void Coverage::begin(const watch::Schedule& schedule, const inventory::TargetTable& table) {
  take_classes(schedule, table.size());
}

void Coverage::adopt(const watch::Schedule& schedule, const inventory::TargetTable& table,
                     const inventory::TargetTable& former, TimePoint now) {
  const std::vector<TargetCoverage> before = std::exchange(seen_, {});
  const Duration longest = std::ranges::max(durations_);
  take_classes(schedule, table.size());
  std::ranges::fill(durations_, longest);
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    TargetCoverage& seen = seen_[row];
    const auto own = former.find_target(table[{row}].address, table[{row}].port);
    seen.at = own ? before[own->value].at : watch::ticks_before(now);
    seen.is_known = !own || before[own->value].is_known;
    seen.is_unjudged = own && before[own->value].is_unjudged;
  }
  sum_up(now);
}

std::vector<TargetIndex> Coverage::judged(std::span<const TargetIndex> asked,
                                          const inventory::TargetTable& swept,
                                          const sweep::SweepResult& result, TimePoint end) {
  ROLLCALL_CHECK(asked.size() == swept.size());
  std::vector<TargetIndex> in_vain;
  for (std::uint32_t row = 0; row < swept.size(); ++row) {
    TargetCoverage& seen = seen_[asked[row].value];
    durations_[seen.interval_class] = result.duration;
    seen.is_unjudged = !is_judged(verdict::state_of(swept, result.states, {row}), result);
    if (seen.is_unjudged) {
      in_vain.push_back(asked[row]);
    } else {
      seen.at = watch::ticks_before(end);
      seen.is_known = true;
    }
  }
  if (!in_vain.empty()) {
    why_ = fmt::format("the last sweep was inconclusive: {}",
                       fmt::join(result.inconclusive_reasons, "; "));
  }
  sum_up(end);
  return in_vain;
}

void Coverage::failed(std::span<const TargetIndex> asked, const std::string& why) {
  for (const TargetIndex target : asked) seen_[target.value].is_unjudged = true;
  degraded_reason_ = why_ = "the last sweep failed: " + why;
}

void Coverage::sum_up(TimePoint now) {
  ready_until_ = seen_.empty() ? TimePoint{} : TimePoint::max();  // without targets: not ready
  bool is_blackout = false;
  for (const TargetCoverage& seen : seen_) {
    is_blackout |= seen.is_unjudged;
    const TimePoint at = now - watch::time_since(seen.at, now);
    ready_until_ = std::min(ready_until_,
                            seen.is_known ? at + 2 * intervals_[seen.interval_class] : TimePoint{});
  }
  if (ready_until_ != TimePoint{}) ready_until_ += std::ranges::max(durations_);
  degraded_reason_ = is_blackout ? why_ : "";
}

}  // namespace rollcall::cli
