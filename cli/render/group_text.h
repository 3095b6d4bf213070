// What is said of one group, or of one parent, to a person: also what `verify` puts in a ticket.
//
// Every name and note from an inventory comes out printable, and every list is cut at a length that
// a person still reads.
//
// Threading: pure functions.
// Ownership: borrow table, reports and states; return new strings, without a line end.
// Units:     addresses.
// Errors:    none.
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

// All that a notes file may hold of one group; a label of an inventory may be longer.
inline constexpr std::size_t kNoteBytesMax = std::size_t{4} << 10;

// The ranges that are missing, as above; "" when none is.
std::string missing_ranges_text(const verdict::GroupReport& report,
                                std::size_t ranges_max = kRangesShownMax);

// "PARTIAL".
std::string verdict_text(verdict::GroupVerdict verdict);

// "217 of 254 answer; missing 10.0.42.218-10.0.42.254 (the last 37: nothing after .217 came up)".
// `states` holds the state of every row of the table.
std::string group_details(const inventory::TargetTable& table, const verdict::GroupReport& report,
                          std::span<const verdict::TargetProgress> states);

// A note on one line, at most kNoteBytesMax bytes of it; line ends within it become " / ".
std::string note_text(std::string_view note);

// "all 40 groups asked (10160 addresses): web01-web40".
std::string parent_details(const inventory::TargetTable& table, const verdict::ParentDown& parent);

}  // namespace rollcall::cli
