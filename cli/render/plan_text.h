// What a sweep would do, for --dry-run.
//
// Text and JSON (schema rollcall.plan/1) summarise; NDJSON and CSV list every target in the very
// order in which it would be asked, which also proves that each is asked exactly once.
//
// Threading: any.  Ownership: borrows the plan.  Units: as the field names say.
// Errors:    the stream's state.  Cost: streams.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "cli/render/render.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct Plan {
  const inventory::Inventory& inventory;
  PacketRate rate;
  bool finds_rate = false;  // that is only where it begins
  bool is_slowed_by_group_rate = false;
  std::uint64_t seed = 0;
};

void render_plan(std::ostream& out, const Plan& plan, Format format);

}  // namespace rollcall::cli
