#include "cli/service/rollups.h"

namespace rollcall::cli {

void Rollups::add(WallTime at, const std::string& group, std::uint32_t expected,
                  std::uint32_t answering) {
  const WallTime hour = std::chrono::floor<std::chrono::hours>(at);
  const auto [entry, is_new] = by_hour_.try_emplace({hour, group});
  watch::GroupRollup& rollup = entry->second;
  if (is_new) {
    rollup = {.hour = hour, .group = group, .expected = expected, .answering_min = answering};
  }
  rollup.answering_mean += (answering - rollup.answering_mean) / (rollup.sweeps + 1.0);
  // Compares shares, not counts: a server that grows within the hour has lost no address.
  if (rollup.expected == 0 ||
      std::uint64_t{answering} * rollup.expected < std::uint64_t{rollup.answering_min} * expected) {
    rollup.answering_min = answering;
    rollup.expected = expected;
  }
  ++rollup.sweeps;
}

std::vector<watch::GroupRollup> Rollups::take() {
  std::vector<watch::GroupRollup> rollups;
  rollups.reserve(by_hour_.size());
  for (auto& [key, rollup] : by_hour_) rollups.push_back(std::move(rollup));
  by_hour_.clear();
  return rollups;
}

}  // namespace rollcall::cli
