// Renders a sweep's result as text, JSON (schema rollcall.sweep/1), NDJSON or CSV.
//
// Threading: any thread; one call at a time for each stream.
// Units:     milliseconds and packets per second, as the field names say; times in UTC, RFC 3339.
// Errors:    the stream's state.
// Cost:      streams: never holds the whole document, also for a million targets.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

enum class Format : std::uint8_t { kText, kJson, kNdjson, kCsv };

struct RenderOptions {
  Format format = Format::kText;
  bool all = false;  // also list the targets that are as expected
};

void render(std::ostream& out, const inventory::TargetTable& table,
            const sweep::SweepResult& result, const RenderOptions& options);

}  // namespace rollcall::cli
