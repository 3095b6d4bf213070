// All that a watch shows to Prometheus: pure functions of one picture.
//
// Cardinality is bounded: what is said of single groups, only of those that are not all up, fits
// into kGroupBytesMax, the worst groups first, and rollcall_series_truncated counts those that
// were left out. No metric has a label for an address.
//
// Threading: pure functions.
// Ownership: return new text.
// Units:     base units, as the names say.
// Errors:    none; what is not known has no sample.
// Cost:      one pass over targets and groups, and some 100 ns a sample; under 1 MB whatever the
//            fleet.
#pragma once

#include <cstddef>
#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/metrics/exposition.h"
#include "cli/web/metrics/process_figures.h"

namespace rollcall::web {

// Of the text about single groups, as Prometheus' own format has it.
inline constexpr std::size_t kGroupBytesMax = std::size_t{512} << 10;

// What changes although the picture does not.
struct Present {
  TimePoint now;
  ProcessFigures process;
};

std::string metrics_text(const FleetSnapshot& view, const Present& present, Exposition exposition);

// Parts of it.
void add_fleet(MetricFamilies& families, const FleetSnapshot& view);
void add_groups(MetricFamilies& families, const FleetSnapshot& view);  // metrics_of_groups.cc
void add_sweeps(MetricFamilies& families, const FleetSnapshot& view);  // metrics_of_sweeps.cc
void add_host_loss(MetricFamilies& families, const FleetSnapshot& view, const Present& present);

}  // namespace rollcall::web
