// Folds targets into the verdict of their group, and missing addresses into ranges.
//
// An address answers when any port of it gave a sign of life (open or closed), in this group or, to
// judge_groups(), in another; it is missing when every port of it is silent or unreachable; else it
// is unknown.
//
//   missing  answering  unknown | verdict
//   --------------------------- | ---------------------------------------------
//      0         any       0    | service_down when a target is known not to be as expected; else
//                               | unknown when nothing is known of a target; else up
//      0         any      > 0   | unknown
//     > 0        > 0      any   | partial
//     > 0         0        0    | down
//     > 0         0       > 0   | unknown
//
// Threading: pure functions.
// Ownership: reports own their ranges.
// Units:     counts of addresses unless named otherwise.
// Errors:    none.
// Cost:      judge_group(): one pass over the group's rows. judge_groups(): one or two passes over
// the
//            table's rows; the second only when something does not answer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/inventory/target_table.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::verdict {

enum class GroupVerdict : std::uint8_t { kUp, kServiceDown, kPartial, kDown, kUnknown };
inline constexpr std::size_t kGroupVerdicts = 5;

struct GroupReport {
  GroupIndex group;
  GroupVerdict verdict = GroupVerdict::kUnknown;
  std::uint32_t expected = 0;  // addresses of the group
  std::uint32_t answering = 0;
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
  // Targets of answering addresses of which nothing is known: our own trouble, so never
  // service_down.
  std::uint32_t unknown_targets = 0;
  std::vector<AddressRange> missing_ranges;  // consecutive addresses joined; ascending
  std::vector<AddressRange> unknown_ranges;
  // Targets of answering addresses, known not to be as expected: closed, or silent while another
  // port of the address answers. Ascending.
  std::vector<TargetIndex> not_as_expected;
};

// `states` holds the state of every target of the table, by place. Looks at this group alone.
GroupReport judge_group(const inventory::TargetTable& table, GroupIndex group,
                        std::span<const TargetProgress> states);

// The groups that are not up, in the inventory's order. An address that serves one group on port 80
// and another on port 5432 is missing from neither as long as one of the ports answers.
std::vector<GroupReport> judge_groups(const inventory::TargetTable& table,
                                      std::span<const TargetProgress> states);

// "up", "service_down", "partial", "down", "unknown".
std::string_view to_string(GroupVerdict verdict);

// Adds an address to ascending ranges: lengthens the last one when it is the next address, is a
// no-op when it is the last one's end, else begins a new range.
void append_address(std::vector<AddressRange>& ranges, const Address& address);

}  // namespace rollcall::verdict
