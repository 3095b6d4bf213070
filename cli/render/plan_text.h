// Renders the plan of a sweep for --dry-run.
//
// Text and JSON (schema rollcall.plan/1) are summaries. NDJSON and CSV list every target in scan
// order, which also shows that a sweep probes each target exactly once.
//
// Threading: any thread.
// Units:     as the field names say.
// Errors:    the stream's state.
// Cost:      streams.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "cli/render/render.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct Plan {
  const inventory::Inventory& inventory;
  PacketRate rate;
  bool finds_rate = false;  // --rate auto: `rate` is only its start
  bool is_slowed_by_group_rate = false;
  std::uint64_t seed = 0;
};

void render_plan(std::ostream& out, const Plan& plan, Format format);

}  // namespace rollcall::cli
