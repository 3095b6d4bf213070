// An incident as JSON: in the store's rows, in webhooks, on the standard input of commands.
//
// Threading: pure.
// Ownership: none.
// Units:     times as ISO 8601 in UTC with nanoseconds, "2026-01-05T08:00:00.123000000Z".
// Errors:    parsing says which field is wrong. What is no UTF-8 is written as U+FFFD.
// Cost:      a few allocations a field; lists and texts are cut at the limits below.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "scheduler/watch/events.h"

namespace rollcall::history {

inline constexpr std::size_t kTextBytesMax = 4096;  // of any one text: a note, a reason
inline constexpr std::size_t kNameBytesMax = 512;   // of any one name: a group, an author
inline constexpr std::size_t kRangesMax = 2000;     // of missing or closed addresses
inline constexpr std::size_t kGroupsMax = 20000;    // of an incident

nlohmann::json to_json(const watch::Incident& incident);
Result<watch::Incident> incident_from(std::string_view json);

std::string to_text(WallTime time);
// The text as it is stored and sent; never throws.
std::string dump(const nlohmann::json& json);

}  // namespace rollcall::history
