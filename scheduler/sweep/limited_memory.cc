#include "scheduler/sweep/limited_memory.h"

#include <algorithm>

#include "scheduler/sweep/limited_groups.h"

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

// Longer than the windows over which firewalls count ("6 in 30 s", "4 in 60 s").
constexpr Duration kRest = 65s;
// A group whose sweeps were complete for this long is no longer limited.
constexpr Duration kForgottenAfter = 60s;
// Entries of groups that were not probed for this long are deleted.
constexpr Duration kKept = 1h;
}  // namespace

std::vector<GroupQuota> LimitedMemory::quotas(const inventory::TargetTable& table, TimePoint now) {
  if (entries_.empty()) return {};
  std::vector<GroupQuota> quotas(table.groups().size());
  for (std::size_t i = 0; i < quotas.size(); ++i) {
    const auto found = entries_.find(table.groups()[i].name);
    if (found == entries_.end()) continue;
    const Entry& entry = found->second;
    quotas[i] = {.first = entry.next % std::max(1u, table.groups()[i].targets),
                 .targets = now < entry.rests_until ? 0 : entry.targets,
                 .waits = !entry.has_rested};
  }
  return quotas;
}

bool LimitedMemory::is_long_unlimited(const std::string& group, TimePoint now) const {
  const auto found = unlimited_since_.find(group);
  return found != unlimited_since_.end() && now - found->second >= kForgottenAfter;
}

// True when enough groups fell silent as a whole after they answered without a limit for a minute.
// Groups that the sweep probed only after the event count too: none of their targets answers.
bool LimitedMemory::went_down_together(const inventory::TargetTable& table,
                                       std::span<const GroupTally> tallies, TimePoint now) const {
  std::size_t gone = 0;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const bool is_silent =
        tallies[i].fell_silent || (tallies[i].asked > 0 && tallies[i].answered == 0);
    gone += is_silent && is_long_unlimited(table.groups()[i].name, now);
  }
  return gone >= LimitedGroups::kTogether;
}

void LimitedMemory::learn(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
                          TimePoint now) {
  std::erase_if(entries_, [now](const auto& entry) {
    return now - std::max(entry.second.limited_at, entry.second.rests_until) > kKept;
  });
  const bool together = went_down_together(table, tallies, now);
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const inventory::Group& group = table.groups()[i];
    const GroupTally& tally = tallies[i];
    const auto found = entries_.find(group.name);
    if (found != entries_.end()) {
      if (!still_limited(found->second, group, tally, now)) entries_.erase(found);
    } else if (tally.limited) {
      const bool is_down = together && tally.fell_silent && is_long_unlimited(group.name, now);
      if (!is_down) note_limited(group, tally, now);
    }
    if (tally.limited) {
      unlimited_since_.erase(group.name);
    } else if (tally.answered > 0) {
      unlimited_since_.try_emplace(group.name, now);
    }
  }
  if (unlimited_since_.size() > 2 * (table.groups().size() + 1000)) unlimited_since_.clear();
}

void LimitedMemory::note_limited(const inventory::Group& group, const GroupTally& tally,
                                 TimePoint now) {
  Entry& entry = entries_[group.name];
  entry.size = std::max(entry.size, group.targets);
  entry.limited_at = now;
  entry.has_rested = tally.fell_silent;
  // A group that still answers, at any rate, needs no rest.
  if (!tally.fell_silent) return;
  entry.targets = std::max(1u, tally.answered / 2);
  entry.rests_until = now + kRest;
}

bool LimitedMemory::still_limited(Entry& entry, const inventory::Group& group,
                                  const GroupTally& tally, TimePoint now) {
  // A sweep over a part of the group decides nothing for the whole group.
  const bool decides = group.targets >= entry.size && now >= entry.rests_until;
  if (decides) {
    const std::uint32_t had = std::min(entry.targets, group.targets);
    entry.next = (entry.next + had) % std::max(1u, group.targets);
  }
  if (tally.limited) {
    note_limited(group, tally, now);
    return true;
  }
  if (!decides) return true;
  if (tally.asked == 0) return true;  // no route leads to its targets
  if (tally.answered == 0) {
    if (entry.has_rested) return tally.unknown > 0;
    entry.targets = 1;
    entry.rests_until = now + kRest;
    entry.has_rested = true;
    return true;
  }
  const bool was_whole = tally.asked == tally.askable;
  if (!was_whole) entry.targets = tally.asked * 2;
  return !was_whole || now - entry.limited_at <= kForgottenAfter;
}

}  // namespace rollcall::sweep
