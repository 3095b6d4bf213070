#include "scheduler/watch/group_watch.h"

#include <algorithm>
#include <tuple>

namespace rollcall::watch {
namespace {

using inventory::TargetTable;
using verdict::GroupReport;

enum class Tally : std::uint8_t { kAnswering, kMissing, kNeverAnswered, kNotJudged };

bool answers(const TargetMemory& memory) {
  return memory.settled == TargetState::kUp || memory.settled == TargetState::kClosed;
}

bool is_missing(const TargetMemory& memory) {
  return memory.settled == TargetState::kMissing;
}

bool never_answered(const TargetMemory& memory) {
  return memory.settled == TargetState::kNeverAnswered;
}

bool is_overdue(const TargetMemory& memory) {
  return never_answered(memory) && memory.is_overdue;
}

bool counts_as_missing(const TargetMemory& memory) {
  return is_missing(memory) || is_overdue(memory);
}

// The rows of one address within its group, [begin, end).
struct AddressRows {
  Address address;
  std::uint32_t begin;
  std::uint32_t end;
  Tally tally;
};

Tally status_of(const FleetMemory& fleet, const AddressRows& rows) {
  const auto memories = fleet.memories.subspan(rows.begin, rows.end - rows.begin);
  if (std::ranges::any_of(memories, answers)) return Tally::kAnswering;
  if (!std::ranges::any_of(memories, counts_as_missing)) {
    // Not probed yet, or unjudged because of this host: that is no evidence about the address.
    return std::ranges::any_of(memories, never_answered) ? Tally::kNeverAnswered
                                                         : Tally::kNotJudged;
  }
  const bool elsewhere = fleet.shared.answers(rows.address, fleet.memories);
  return elsewhere ? Tally::kAnswering : Tally::kMissing;
}

void for_each_address(const FleetMemory& fleet, GroupIndex index, auto&& visit) {
  const inventory::Group& group = fleet.table.group(index);
  const TargetTable& table = fleet.table;
  const std::uint32_t last = group.first + group.targets;
  for (std::uint32_t begin = group.first, end = begin; begin < last; begin = end) {
    AddressRows address{table[{begin}].address, begin, end, Tally::kNotJudged};
    while (end < last && table[{end}].address == address.address) ++end;
    address.end = end;
    address.tally = status_of(fleet, address);
    visit(address);
  }
}

// Requires: the address answers.
bool is_failing_service(const TargetMemory& memory) {
  return memory.settled == TargetState::kClosed || counts_as_missing(memory);
}

bool is_anew(const TargetMemory& memory) {
  return is_missing(memory) && !memory.is_known_missing;
}

void add(GroupFigures& figures, const FleetMemory& fleet, const AddressRows& rows) {
  const auto memories = fleet.memories.subspan(rows.begin, rows.end - rows.begin);
  for (const TargetMemory& memory : memories) {
    figures.undecided += is_undecided(memory);
    figures.unstable += memory.is_unstable;
    figures.suspects += memory.state == TargetState::kSuspect;
    figures.is_flapping = figures.is_flapping || memory.is_flapping;
  }
  switch (rows.tally) {
    case Tally::kAnswering:
      ++figures.answering;
      figures.services_failing +=
          static_cast<std::uint32_t>(std::ranges::count_if(memories, is_failing_service));
      break;
    case Tally::kMissing:
      ++figures.missing;
      figures.missing_anew += std::ranges::any_of(memories, is_anew);
      figures.never_overdue += std::ranges::none_of(memories, is_missing);
      break;
    case Tally::kNeverAnswered:
      ++figures.never_answered;
      break;
    case Tally::kNotJudged:
      break;
  }
}

verdict::GroupVerdict verdict_of(const GroupReport& report) {
  if (report.missing > 0) {
    return report.answering > 0 ? verdict::GroupVerdict::kPartial : verdict::GroupVerdict::kDown;
  }
  return report.not_as_expected.empty() ? verdict::GroupVerdict::kUp
                                        : verdict::GroupVerdict::kServiceDown;
}

}  // namespace

SharedAddresses::SharedAddresses(const TargetTable& table) {
  rows_.reserve(table.size());
  for (const inventory::Target& target : table.in_scan_order()) {
    rows_.push_back({target.address, target.index.value});
  }
  std::ranges::sort(rows_, {}, [](const Row& row) { return std::tuple(row.address, row.row); });
  std::vector<Row> kept;
  for (auto begin = rows_.begin(); begin != rows_.end();) {
    const auto end = std::find_if(begin, rows_.end(),
                                  [&](const Row& row) { return row.address != begin->address; });
    // Rows of a group are contiguous in the table, so comparing the first and the last row is
    // enough.
    if (table[{begin->row}].group != table[{(end - 1)->row}].group) {
      kept.insert(kept.end(), begin, end);
    }
    begin = end;
  }
  rows_ = std::move(kept);
  rows_.shrink_to_fit();
}

bool SharedAddresses::answers(const Address& address,
                              std::span<const TargetMemory> memories) const {
  const auto rows = std::ranges::equal_range(rows_, address, {}, &Row::address);
  return std::ranges::any_of(rows,
                             [&](const Row& row) { return watch::answers(memories[row.row]); });
}

GroupFigures count(const FleetMemory& fleet, GroupIndex group) {
  GroupFigures figures;
  for_each_address(fleet, group, [&](const AddressRows& rows) { add(figures, fleet, rows); });
  figures.expected = figures.answering + figures.missing;
  return figures;
}

GroupReport report_of(const FleetMemory& fleet, GroupIndex group) {
  GroupReport report;
  report.group = group;
  for_each_address(fleet, group, [&](const AddressRows& rows) {
    if (rows.tally == Tally::kMissing) {
      ++report.missing;
      verdict::append_address(report.missing_ranges, rows.address);
    } else if (rows.tally == Tally::kAnswering) {
      ++report.answering;
      for (std::uint32_t row = rows.begin; row < rows.end; ++row) {
        if (is_failing_service(fleet.memories[row])) report.not_as_expected.push_back({row});
      }
    }
  });
  report.expected = report.answering + report.missing;
  report.verdict = verdict_of(report);
  return report;
}

void judge(GroupMemory& memory, TimePoint now, Duration interval) {
  if (memory.judged_at == now) return;
  memory.is_after_a_pause = memory.judged_at && now - *memory.judged_at > longest_gap(interval);
  memory.judged_at = now;
  memory.longest_gap = longest_gap(interval);
}

bool step(GroupMemory& memory, const GroupFigures& figures, TimePoint now,
          const Settings& settings) {
  const GroupPhase before = memory.phase;
  if (figures.all_missing()) {
    memory.phase = GroupPhase::kDown;
    if (before == GroupPhase::kNormal) memory.down_since = now;
    return before == GroupPhase::kNormal;
  }
  const bool are_all_back = figures.missing == figures.never_overdue;
  if (are_all_back) memory.is_after_reboot = false;
  if (are_all_back && figures.services_failing == 0) {
    memory.phase = GroupPhase::kNormal;
  } else if (before == GroupPhase::kDown) {
    memory.phase = GroupPhase::kSettling;
    memory.settled_at = now + settings.settling;
  } else if (before == GroupPhase::kSettling && memory.judged_at == now &&
             now >= memory.settled_at) {
    memory.phase = GroupPhase::kNormal;
    memory.is_after_reboot = memory.is_after_reboot || figures.missing_anew > 0;
  }
  return false;
}

bool mark_overdue(GroupMemory& memory, const GroupFigures& figures, std::span<TargetMemory> group,
                  TimePoint now, const Settings& settings) {
  if (figures.answering == 0) memory.answers_since.reset();
  if (figures.answering > 0 && !memory.answers_since) memory.answers_since = now;
  const bool is_alone = figures.answering == 0;
  // On a new server one address answers first. From then on the others get a grace period of their
  // own.
  if (!is_alone && now - *memory.answers_since < settings.never_answered_after) return false;
  const Duration grace =
      is_alone ? settings.never_answered_alone_after : settings.never_answered_after;
  bool any = false;
  for (TargetMemory& target : group) {
    if (!never_answered(target) || target.is_overdue) continue;
    if (time_since(target.missing_since, now) < grace) continue;
    target.is_overdue = any = true;
  }
  if (any) ++memory.version;
  return any;
}

std::optional<Trouble> trouble_of(const GroupMemory& memory, const GroupFigures& figures) {
  if (memory.phase != GroupPhase::kNormal) return Trouble::kDown;
  if (figures.missing > 0) {
    return memory.is_after_reboot ? Trouble::kPartialAfterReboot : Trouble::kPartial;
  }
  if (figures.services_failing > 0) return Trouble::kServiceDown;
  if (figures.unstable > 0) return Trouble::kUnstable;
  if (memory.is_unjudged) return Trouble::kCannotJudge;
  return std::nullopt;
}

void mark_known_missing(std::span<TargetMemory> group, TimePoint now, Duration longest) {
  Ticks newest = UINT32_MAX;  // age of the newest missing target
  const auto age_of = [&](const TargetMemory& memory) {
    return ticks_after(now) - memory.missing_since;
  };
  for (const TargetMemory& memory : group) {
    if (is_missing(memory)) newest = std::min(newest, age_of(memory));
  }
  for (TargetMemory& memory : group) {
    if (!is_missing(memory)) continue;
    memory.is_known_missing =
        memory.is_known_missing || age_of(memory) - newest > ticks_of(longest);
  }
}

}  // namespace rollcall::watch
