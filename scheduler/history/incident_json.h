// Converts incidents to JSON and back, for the history, webhooks and commands.
//
// Threading: pure.
// Units:     times as ISO 8601 in UTC with nanoseconds, "2026-01-05T08:00:00.123000000Z".
// Errors:    parsing says which field is wrong. Invalid UTF-8 is written as U+FFFD.
// Cost:      a few allocations a field; lists and texts are cut at the limits below.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "scheduler/watch/events.h"

namespace rollcall::history {

inline constexpr std::size_t kTextBytesMax = 4096;  // of one text, such as a note or a reason
inline constexpr std::size_t kNameBytesMax = 512;   // of one name, such as a group or an author
inline constexpr std::size_t kRangesMax = 2000;     // of missing or closed addresses
inline constexpr std::size_t kGroupsMax = 20000;    // of an incident

nlohmann::json to_json(const watch::Incident& incident);
Result<watch::Incident> incident_from(std::string_view json);

std::string to_text(WallTime time);
// Serialises JSON for storing and sending; never throws.
std::string dump(const nlohmann::json& json);

}  // namespace rollcall::history
