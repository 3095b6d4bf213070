// Findings as text for people, one line a check with its mend below, or as JSON (schema
// rollcall.doctor/1).
//
// Threading: any; one call at a time per stream.
// Ownership: borrows.
// Units:     none.
// Errors:    the stream's state.
// Cost:      small.
#pragma once

#include <iosfwd>
#include <span>

#include "cli/doctor/check.h"

namespace rollcall::doctor {

void render_text(std::ostream& out, std::span<const Check> checks);
void render_json(std::ostream& out, std::span<const Check> checks);

}  // namespace rollcall::doctor
