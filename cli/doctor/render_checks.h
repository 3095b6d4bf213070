// Renders the doctor's checks as text, one line for each with its fix below, or as JSON (schema
// rollcall.doctor/1).
//
// Threading: any thread; one call at a time for each stream.
// Errors:    the stream's state.
#pragma once

#include <iosfwd>
#include <span>

#include "cli/doctor/check.h"

namespace rollcall::doctor {

void render_text(std::ostream& out, std::span<const Check> checks);
void render_json(std::ostream& out, std::span<const Check> checks);

}  // namespace rollcall::doctor
