// Renders the result of `verify`: a few lines to paste into a ticket, or JSON (schema
// rollcall.verify/1).
//
// Threading: any thread; one call at a time for each stream.
// Units:     seconds, as the field names say; times in UTC, RFC 3339.
// Errors:    the stream's state.
// Cost:      linear in the groups that are not up.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/render/render.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/sweep/verification.h"

namespace rollcall::cli {

struct VerifyReport {
  const inventory::TargetTable& table;
  const sweep::Verification& memory;
  const sweep::SweepResult& last;
  WallTime started_at;
  Duration took;
  unsigned stable = 0;
  std::string by;
  std::string note;
};

// Requires: format is kText or kJson.
void render_verification(std::ostream& out, const VerifyReport& report, Format format);

}  // namespace rollcall::cli
