// Makes the text about one group, or about one parent, for results and for the tickets of `verify`.
//
// Every name and note from an inventory becomes printable. Lists are limited to a readable length.
//
// Threading: pure functions.
// Ownership: return new strings, without a line end.
// Units:     addresses.
// Cost:      one pass over the group's addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/text/words.h"
#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"
#include "scheduler/verdict/parent_verdict.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::cli {

// The longest note for one group in a notes file. A note in an inventory label may be longer.
inline constexpr std::size_t kNoteBytesMax = std::size_t{4} << 10;

// "10.0.0.1-10.0.0.9, 10.0.0.12 and 3 more ranges"; "" if none is missing.
std::string missing_ranges_text(const verdict::GroupReport& report,
                                std::size_t ranges_max = kRangesShownMax);

// "PARTIAL".
std::string verdict_text(verdict::GroupVerdict verdict);

// "217 of 254 answer; missing 10.0.42.218-10.0.42.254 (the last 37: nothing after .217 came up)".
// `states` holds the state of every row of the table.
std::string group_details(const inventory::TargetTable& table, const verdict::GroupReport& report,
                          std::span<const verdict::TargetProgress> states);

// The note on one line, cut at kNoteBytesMax bytes. Line ends within it become " / ".
std::string note_text(std::string_view note);

// "all 40 groups asked (10160 addresses): web01-web40".
std::string parent_details(const inventory::TargetTable& table, const verdict::ParentDown& parent);

}  // namespace rollcall::cli
