// Computes the verdict of each group from its targets, and joins missing addresses into ranges.
//
// An address answers when any of its ports gave a sign of life (open or closed). judge_groups()
// also counts an answer in another group. An address is missing when all its ports are silent or
// unreachable. Otherwise it is unknown.
//
//   missing  answering  unknown | verdict
//   --------------------------- | ---------------------------------------------
//      0         any       0    | service_down when some target is not as expected; else
//                               | unknown when some target has no result; else up
//      0         any      > 0   | unknown
//     > 0        > 0      any   | partial
//     > 0         0        0    | down
//     > 0         0       > 0   | unknown
//
// Threading: pure functions.
// Units:     counts of addresses unless named otherwise.
// Cost:      judge_group(): one pass over the group's rows. judge_groups(): one or two passes over
//            the table's rows; the second only when an address does not answer.
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
  // Targets of answering addresses that have no result. A fault of this host causes this, so it
  // never makes the group service_down.
  std::uint32_t unknown_targets = 0;
  std::vector<AddressRange> missing_ranges;  // consecutive addresses joined; ascending
  std::vector<AddressRange> unknown_ranges;
  // Targets of answering addresses that are certainly not as expected: closed, or silent while
  // another port of the address answers. Ascending.
  std::vector<TargetIndex> not_as_expected;
};

// `states` holds the state of every target of the table, by ScanIndex. Judges by this group alone.
GroupReport judge_group(const inventory::TargetTable& table, GroupIndex group,
                        std::span<const TargetProgress> states);

// The groups that are not up, in the inventory's order. An address may serve one group on port 80
// and another on port 5432: it is missing from neither group while one of the ports answers.
std::vector<GroupReport> judge_groups(const inventory::TargetTable& table,
                                      std::span<const TargetProgress> states);

// "up", "service_down", "partial", "down", "unknown".
std::string_view to_string(GroupVerdict verdict);

// Adds an address to ascending ranges. Extends the last range when `address` follows it, does
// nothing when `address` is the last range's end, and begins a new range otherwise.
void append_address(std::vector<AddressRange>& ranges, const Address& address);

}  // namespace rollcall::verdict
