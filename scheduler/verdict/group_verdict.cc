#include "scheduler/verdict/group_verdict.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall::verdict {
namespace {

using inventory::TargetTable;

bool is_alive(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

// The rows of one address, [begin, end), and the state of that address.
enum class Tally : std::uint8_t { kAnswering, kMissing, kUnknown };
struct AddressRows {
  Address address;
  std::uint32_t begin;
  std::uint32_t end;
  Tally tally;
};

Tally status_of(const TargetTable& table, std::span<const TargetProgress> states,
                std::uint32_t begin, std::uint32_t end) {
  bool all_missing = true;
  for (std::uint32_t row = begin; row < end; ++row) {
    const TargetVerdict verdict = verdict_of(state_of(table, states, {row}));
    if (is_alive(verdict)) return Tally::kAnswering;
    all_missing = all_missing && verdict != TargetVerdict::kUnknown;
  }
  return all_missing ? Tally::kMissing : Tally::kUnknown;
}

// The input of a group's verdict.
struct Knowledge {
  std::span<const TargetProgress> states;
  std::span<const Address> alive_elsewhere;  // answer in another group; ascending
};

// The rows of a group are ordered by address, so the rows of one address are consecutive.
void for_each_address(const TargetTable& table, GroupIndex group, const Knowledge& known,
                      auto&& visit) {
  const inventory::Group& rows = table.group(group);
  const std::uint32_t last = rows.first + rows.targets;
  for (std::uint32_t begin = rows.first, end = begin; begin < last; begin = end) {
    const Address& address = table[{begin}].address;
    while (end < last && table[{end}].address == address) ++end;
    const bool alive_elsewhere = std::ranges::binary_search(known.alive_elsewhere, address);
    visit(AddressRows{
        address, begin, end,
        alive_elsewhere ? Tally::kAnswering : status_of(table, known.states, begin, end)});
  }
}

void add_services(GroupReport& report, const TargetTable& table, const AddressRows& rows,
                  std::span<const TargetProgress> states) {
  for (std::uint32_t row = rows.begin; row < rows.end; ++row) {
    const TargetVerdict verdict = verdict_of(state_of(table, states, {row}));
    if (verdict == TargetVerdict::kUnknown) {
      ++report.unknown_targets;
    } else if (!as_expected(verdict, table[{row}].expect)) {
      report.not_as_expected.push_back({row});
    }
  }
}

GroupVerdict verdict_of_counts(const GroupReport& report) {
  if (report.missing > 0 && report.answering > 0) return GroupVerdict::kPartial;
  if (report.unknown > 0) return GroupVerdict::kUnknown;
  if (report.missing > 0) return GroupVerdict::kDown;
  if (!report.not_as_expected.empty()) return GroupVerdict::kServiceDown;
  return report.unknown_targets > 0 ? GroupVerdict::kUnknown : GroupVerdict::kUp;
}

GroupReport judge(const TargetTable& table, GroupIndex group, const Knowledge& known) {
  GroupReport report;
  report.group = group;
  for_each_address(table, group, known, [&](const AddressRows& rows) {
    ++report.expected;
    switch (rows.tally) {
      case Tally::kAnswering:
        ++report.answering;
        add_services(report, table, rows, known.states);
        break;
      case Tally::kMissing:
        ++report.missing;
        append_address(report.missing_ranges, rows.address);
        break;
      case Tally::kUnknown:
        ++report.unknown;
        append_address(report.unknown_ranges, rows.address);
        break;
    }
  });
  report.verdict = verdict_of_counts(report);
  return report;
}

// The addresses that are missing or unknown in any group: ascending ranges without overlap.
std::vector<AddressRange> without_answer(std::span<const GroupReport> reports) {
  std::vector<AddressRange> ranges;
  for (const GroupReport& report : reports) {
    ranges.insert(ranges.end(), report.missing_ranges.begin(), report.missing_ranges.end());
    ranges.insert(ranges.end(), report.unknown_ranges.begin(), report.unknown_ranges.end());
  }
  std::ranges::sort(ranges, {}, &AddressRange::first);
  std::size_t kept = 0;
  for (const AddressRange& range : ranges) {
    if (kept > 0 && range.first <= ranges[kept - 1].last) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
  return ranges;
}

bool any_contains(std::span<const AddressRange> ranges, const Address& address) {
  const auto at = std::ranges::lower_bound(ranges, address, {}, &AddressRange::last);
  return at != ranges.end() && at->contains(address);
}

// The addresses that do not answer in one group but answer in another one; ascending.
std::vector<Address> alive_elsewhere(const TargetTable& table,
                                     std::span<const TargetProgress> states,
                                     std::span<const GroupReport> reports) {
  std::vector<Address> alive;
  const std::vector<AddressRange> ranges = without_answer(reports);
  if (ranges.empty() || table.groups().size() == 1) return alive;
  for (std::uint32_t place = 0; place < table.size(); ++place) {
    const Address& address = table.at({place}).address;
    if (is_alive(verdict_of(states[place])) && any_contains(ranges, address)) {
      alive.push_back(address);
    }
  }
  std::ranges::sort(alive);
  return alive;
}

}  // namespace

GroupReport judge_group(const TargetTable& table, GroupIndex group,
                        std::span<const TargetProgress> states) {
  return judge(table, group, {states, {}});
}

std::vector<GroupReport> judge_groups(const TargetTable& table,
                                      std::span<const TargetProgress> states) {
  std::vector<GroupReport> not_up;
  for (std::uint32_t i = 0; i < table.groups().size(); ++i) {
    GroupReport report = judge(table, {i}, {states, {}});
    if (report.verdict != GroupVerdict::kUp) not_up.push_back(std::move(report));
  }
  const std::vector<Address> alive = alive_elsewhere(table, states, not_up);
  if (alive.empty()) return not_up;
  // An answer in another group turns "missing" into "service down", never into "up".
  for (GroupReport& report : not_up) report = judge(table, report.group, {states, alive});
  return not_up;
}

std::string_view to_string(GroupVerdict verdict) {
  static constexpr std::array<std::string_view, kGroupVerdicts> kNames{
      "up", "service_down", "partial", "down", "unknown"};
  return kNames[static_cast<std::size_t>(verdict)];
}

void append_address(std::vector<AddressRange>& ranges, const Address& address) {
  if (!ranges.empty()) {
    Address& last = ranges.back().last;
    if (last == address) return;
    if (last.plus(1) == address && last.is_v4() == address.is_v4()) {
      last = address;
      return;
    }
  }
  ranges.push_back({address, address});
}

}  // namespace rollcall::verdict
