// Folds targets into the verdict of their group, and missing addresses into ranges and words.
//
// An address answers when any port of it gave a sign of life (open or closed); it is missing when every
// port of it is silent or unreachable; else it is unknown.
//
//   missing  answering  unknown | verdict
//   --------------------------- | ---------------------------------------------
//      0         any       0    | up, or service_down when a target is not as expected
//      0         any      > 0   | unknown
//     > 0        > 0      any   | partial
//     > 0         0        0    | down
//     > 0         0       > 0   | unknown
//
// Threading: pure functions.
// Ownership: reports own their ranges.
// Units:     counts of addresses unless named otherwise.
// Errors:    none.
// Cost:      one pass over the group's rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/inventory/target_table.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::verdict {

enum class GroupVerdict : std::uint8_t { kUp, kServiceDown, kPartial, kDown, kUnknown };

struct GroupReport {
  GroupIndex group;
  GroupVerdict verdict = GroupVerdict::kUnknown;
  std::uint32_t expected = 0;   // addresses of the group
  std::uint32_t answering = 0;
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
  std::vector<AddressRange> missing_ranges;  // consecutive addresses joined; ascending
  std::vector<AddressRange> unknown_ranges;
  std::vector<TargetIndex> not_as_expected;  // targets of answering addresses; ascending
};

// `states` holds the state of every row of the table.
GroupReport judge_group(const inventory::TargetTable& table, GroupIndex group,
                        std::span<const TargetState> states);

// "up", "service_down", "partial", "down", "unknown".
std::string_view to_string(GroupVerdict verdict);

// What the missing addresses look like among the group's own, in words, or "" when nothing can be
// said: "the last 54: nothing after .200 came up", "the first 10", "every 2nd", ...
std::string describe_pattern(const inventory::TargetTable& table, const GroupReport& report,
                             std::span<const TargetState> states);

}  // namespace rollcall::verdict
