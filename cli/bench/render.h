// A benchmark's report as text for people or as JSON (schema rollcall.bench/1).
//
// Threading: any; one call at a time per stream.
// Ownership: borrows the report.
// Units:     as in the report; CPU time also per million frames, addresses or connects.
// Errors:    the stream's state.
// Cost:      a few kilobytes.
#pragma once

#include <iosfwd>

#include "cli/bench/report.h"

namespace rollcall::cli {

// With `chart` each row ends in a bar, for a terminal.
void render_bench_text(std::ostream& out, const bench::Report& report, bool chart);
void render_bench_json(std::ostream& out, const bench::Report& report);

}  // namespace rollcall::cli
