// A sweep's result as JSON (schema rollcall.sweep/1) and as NDJSON.
//
// The document has one line per top-level field, group and target, so that it can be read, compared
// and searched by line. Its text is ASCII, whatever the names hold.
//
// Threading: any; one call at a time per stream.
// Ownership: borrow table and result.
// Units:     as the field names say. rtt_ms and its percentiles are null when no reply was timed.
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

// One group as in `groups_not_up`.
nlohmann::ordered_json group_json(const inventory::TargetTable& table,
                                  const sweep::SweepResult& result,
                                  const verdict::GroupReport& report);

// ASCII only, and never an exception over a name that is not UTF-8.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace rollcall::cli
