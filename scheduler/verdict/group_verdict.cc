#include "scheduler/verdict/group_verdict.h"

#include <array>

namespace rollcall::verdict {
namespace {

using inventory::TargetTable;

bool is_alive(TargetVerdict verdict) {
  return verdict == TargetVerdict::kOpen || verdict == TargetVerdict::kClosed;
}

// The rows of one address, [begin, end), and what is known of the address.
enum class Standing : std::uint8_t { kAnswering, kMissing, kUnknown };
struct AddressRows {
  Address address;
  std::uint32_t begin;
  std::uint32_t end;
  Standing standing;
};

Standing standing_of(std::span<const TargetState> states) {
  bool all_missing = true;
  for (const TargetState& state : states) {
    const TargetVerdict verdict = verdict_of(state);
    if (is_alive(verdict)) return Standing::kAnswering;
    all_missing = all_missing && verdict != TargetVerdict::kUnknown;
  }
  return all_missing ? Standing::kMissing : Standing::kUnknown;
}

// Rows of a group are ordered by address, so an address is a run of rows.
void for_each_address(const TargetTable& table, GroupIndex group,
                      std::span<const TargetState> states, auto&& visit) {
  const inventory::Group& rows = table.group(group);
  const std::uint32_t last = rows.first + rows.targets;
  for (std::uint32_t begin = rows.first, end = begin; begin < last; begin = end) {
    const Address& address = table.rows()[begin].address;
    while (end < last && table.rows()[end].address == address) ++end;
    visit(AddressRows{address, begin, end, standing_of(states.subspan(begin, end - begin))});
  }
}

void add_services(GroupReport& report, const TargetTable& table, const AddressRows& rows,
                  std::span<const TargetState> states) {
  for (std::uint32_t row = rows.begin; row < rows.end; ++row) {
    const TargetVerdict verdict = verdict_of(states[row]);
    if (verdict == TargetVerdict::kUnknown) {
      ++report.unknown_targets;
    } else if (!as_expected(verdict, table.rows()[row].expect)) {
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

}  // namespace

GroupReport judge_group(const TargetTable& table, GroupIndex group,
                        std::span<const TargetState> states) {
  GroupReport report;
  report.group = group;
  for_each_address(table, group, states, [&](const AddressRows& rows) {
    ++report.expected;
    switch (rows.standing) {
      case Standing::kAnswering:
        ++report.answering;
        add_services(report, table, rows, states);
        break;
      case Standing::kMissing:
        ++report.missing;
        append_address(report.missing_ranges, rows.address);
        break;
      case Standing::kUnknown:
        ++report.unknown;
        append_address(report.unknown_ranges, rows.address);
        break;
    }
  });
  report.verdict = verdict_of_counts(report);
  return report;
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
