#include "cli/watch/sight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace rollcall::cli {
namespace {

// What no route leads to is the inventory's matter: nobody grows blind by it.
std::string blindness_of(const sweep::SweepResult& result) {
  const auto unknown = result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)];
  if (result.sound && unknown <= result.unroutable) return "";
  return fmt::format("the last sweep was inconclusive: {}",
                     fmt::join(result.inconclusive_reasons, "; "));
}

}  // namespace

void Sight::adopt(std::span<const Duration> intervals, TimePoint now) {
  const std::vector<Lot> before = std::exchange(lots_, {});
  for (const Duration interval : intervals) {
    const auto same = std::ranges::find(before, interval, &Lot::interval);
    const TimePoint grace = before.empty() ? TimePoint{} : now + 2 * interval;
    lots_.push_back(same != before.end() ? *same : Lot{interval, "", grace});
  }
}

void Sight::judged(std::span<const Duration> intervals, const sweep::SweepResult& result,
                   TimePoint end) {
  note(intervals, blindness_of(result), result.sound ? std::optional(end) : std::nullopt);
}

void Sight::failed(std::span<const Duration> intervals, const std::string& why) {
  note(intervals, "the last sweep failed: " + why, std::nullopt);
}

void Sight::note(std::span<const Duration> intervals, const std::string& blindness,
                 std::optional<TimePoint> sound_at) {
  newest_ = blindness;
  for (Lot& lot : lots_) {
    if (std::ranges::find(intervals, lot.interval) == intervals.end()) continue;
    lot.blindness = blindness;
    if (sound_at) lot.sound_until = *sound_at + 2 * lot.interval;
  }
}

TimePoint Sight::ready_until() const {
  TimePoint earliest = lots_.empty() ? TimePoint{} : TimePoint::max();
  for (const Lot& lot : lots_) earliest = std::min(earliest, lot.sound_until);
  return earliest;
}

std::string Sight::blindness() const {
  if (!newest_.empty()) return newest_;
  const auto blind =
      std::ranges::find_if(lots_, [](const Lot& lot) { return !lot.blindness.empty(); });
  return blind == lots_.end() ? "" : blind->blindness;
}

}  // namespace rollcall::cli
