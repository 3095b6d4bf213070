#include "cli/watch/sight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/base/error.h"

namespace rollcall::cli {
namespace {

bool is_judged(const verdict::TargetState& state, const sweep::SweepResult& result) {
  if (!result.sound) return false;
  if (verdict_of(state) != verdict::TargetVerdict::kUnknown) return true;
  // No way leads there: in a sound sweep all others are asked, unless they rest.
  return state.attempts == 0 && !result.ways_lost && !result.held_back;
}

}  // namespace

void Sight::take_lots(const watch::Timetable& timetable, std::size_t targets) {
  seen_.assign(targets, {});
  intervals_.clear();
  for (const watch::LotView& lot : timetable.lots()) {
    for (const TargetIndex target : lot.targets) {
      seen_[target.value].lot = static_cast<std::uint16_t>(intervals_.size());
    }
    intervals_.push_back(lot.interval);
  }
  durations_.assign(intervals_.size(), {});
}

void Sight::begin(const watch::Timetable& timetable, const inventory::TargetTable& table) {
  take_lots(timetable, table.size());
}

void Sight::adopt(const watch::Timetable& timetable, const inventory::TargetTable& table,
                  const inventory::TargetTable& former, TimePoint now) {
  const std::vector<Seen> before = std::exchange(seen_, {});
  const Duration longest = std::ranges::max(durations_);
  take_lots(timetable, table.size());
  std::ranges::fill(durations_, longest);
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    Seen& seen = seen_[row];
    const auto own = former.find_target(table[{row}].address, table[{row}].port);
    seen.at = own ? before[own->value].at : watch::ticks_before(now);
    seen.is_known = !own || before[own->value].is_known;
    seen.is_in_vain = own && before[own->value].is_in_vain;
  }
  sum_up(now);
}

std::vector<TargetIndex> Sight::judged(std::span<const TargetIndex> asked,
                                       const inventory::TargetTable& swept,
                                       const sweep::SweepResult& result, TimePoint end) {
  ROLLCALL_CHECK(asked.size() == swept.size());
  std::vector<TargetIndex> in_vain;
  for (std::uint32_t row = 0; row < swept.size(); ++row) {
    Seen& seen = seen_[asked[row].value];
    durations_[seen.lot] = result.duration;
    seen.is_in_vain = !is_judged(verdict::state_of(swept, result.states, {row}), result);
    if (seen.is_in_vain) {
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

void Sight::failed(std::span<const TargetIndex> asked, const std::string& why) {
  for (const TargetIndex target : asked) seen_[target.value].is_in_vain = true;
  blindness_ = why_ = "the last sweep failed: " + why;
}

void Sight::sum_up(TimePoint now) {
  ready_until_ = seen_.empty() ? TimePoint{} : TimePoint::max();  // without targets: not ready
  bool is_blind = false;
  for (const Seen& seen : seen_) {
    is_blind |= seen.is_in_vain;
    const TimePoint at = now - watch::time_since(seen.at, now);
    ready_until_ =
        std::min(ready_until_, seen.is_known ? at + 2 * intervals_[seen.lot] : TimePoint{});
  }
  if (ready_until_ != TimePoint{}) ready_until_ += std::ranges::max(durations_);
  blindness_ = is_blind ? why_ : "";
}

}  // namespace rollcall::cli
