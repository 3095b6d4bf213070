// Renders a sweep's result as JSON (schema rollcall.sweep/1) and as NDJSON.
//
// The document has one line for each top-level field, group and target, so that tools can compare
// and search it by line. Its text is ASCII: other characters in names are escaped.
//
// Threading: any thread; one call at a time for each stream.
// Units:     as the field names say. rtt_ms and its percentiles are null if no reply was timed.
// Errors:    the stream's state.
// Cost:      holds one group or one target at a time.
#pragma once

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <string>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

void render_json(std::ostream& out, const inventory::TargetTable& table,
                 const sweep::SweepResult& result, bool all);

void render_ndjson(std::ostream& out, const inventory::TargetTable& table,
                   const sweep::SweepResult& result, bool all);

// One group, as an element of `groups_not_up`.
nlohmann::ordered_json group_json(const inventory::TargetTable& table,
                                  const sweep::SweepResult& result,
                                  const verdict::GroupReport& report);

// The value as ASCII text. Never throws, also if a name is not valid UTF-8.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace rollcall::cli
