// Renders a benchmark's report as text or as JSON (schema rollcall.bench/1).
//
// Threading: any thread; one call at a time for each stream.
// Units:     as in the report; CPU time also per million frames, addresses or connects.
// Errors:    the stream's state.
#pragma once

#include <iosfwd>

#include "cli/bench/report.h"

namespace rollcall::cli {

// With `chart` each row ends in a bar, for a terminal.
void render_bench_text(std::ostream& out, const bench::Report& report, bool chart);
void render_bench_json(std::ostream& out, const bench::Report& report);

}  // namespace rollcall::cli
