#include "scheduler/sweep/limited_memory.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

using namespace std::chrono_literals;

// Longer than the windows that firewalls count in ("6 in 30 s").
constexpr Duration kRest = 35s;
// A group whose sweeps were judged whole for so long is limited no longer.
constexpr Duration kForgottenAfter = 60s;
// So many that fall silent in one sweep went down together.
constexpr std::ptrdiff_t kTogether = 3;

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

void LimitedMemory::learn(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
                          TimePoint now) {
  const auto is_known = [&](std::size_t i) { return entries_.contains(table.groups()[i].name); };
  std::ptrdiff_t fell_silent = 0;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    fell_silent += tallies[i].fell_silent && !is_known(i);
  }
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const inventory::Group& group = table.groups()[i];
    const GroupTally& tally = tallies[i];
    const auto found = entries_.find(group.name);
    if (found != entries_.end()) {
      if (!still_limited(found->second, group, tally, now)) entries_.erase(found);
    } else if (tally.limited && !(tally.fell_silent && fell_silent >= kTogether)) {
      note_limited(group.name, tally, now);
    }
  }
}

void LimitedMemory::note_limited(const std::string& group, const GroupTally& tally, TimePoint now) {
  Entry& entry = entries_[group];
  entry.limited_at = now;
  if (tally.unknown == 0) return;
  entry.targets = std::max(1u, tally.answered / 2);
  entry.rests_until = now + kRest;
  entry.has_rested = true;
}

bool LimitedMemory::still_limited(Entry& entry, const inventory::Group& group,
                                  const GroupTally& tally, TimePoint now) {
  if (tally.asked == 0) return true;
  entry.next = (entry.next + tally.asked) % group.targets;
  if (tally.limited) {
    note_limited(group.name, tally, now);
    return true;
  }
  if (tally.answered == 0) {
    if (entry.has_rested) return tally.unknown > 0;
    entry.targets = 1;
    entry.rests_until = now + kRest;
    entry.has_rested = true;
    return true;
  }
  const bool was_whole = tally.asked == group.targets;
  if (!was_whole) entry.targets = tally.asked * 2;
  return !was_whole || now - entry.limited_at <= kForgottenAfter;
}

}  // namespace rollcall::sweep
