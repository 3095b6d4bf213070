// Writes all metrics of a watch for Prometheus, as pure functions of one snapshot.
//
// Cardinality is bounded. Samples of single groups exist only for groups that are not all up, and
// fit into kGroupBytesMax, the worst groups first. rollcall_series_truncated counts the groups that
// were left out. No metric has a label for an address.
//
// Threading: pure functions.
// Ownership: return new text.
// Units:     base units, as the names say.
// Errors:    an unknown value has no sample.
// Cost:      one pass over targets and groups, and about 100 ns per sample; under 1 MB for any
//            fleet.
#pragma once

#include <cstddef>
#include <string>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/metrics/exposition.h"
#include "cli/web/metrics/process_figures.h"

namespace rollcall::web {

// Limit of the text about single groups, in Prometheus' own format.
inline constexpr std::size_t kGroupBytesMax = std::size_t{512} << 10;

// Values that change while the snapshot does not.
struct ScrapeValues {
  TimePoint now;
  ProcessFigures process;
};

std::string metrics_text(const FleetSnapshot& view, const ScrapeValues& scrape,
                         Exposition exposition);

// Parts of metrics_text().
void add_fleet(MetricFamilies& families, const FleetSnapshot& view);
void add_groups(MetricFamilies& families, const FleetSnapshot& view);  // group_metrics.cc
void add_sweeps(MetricFamilies& families, const FleetSnapshot& view);  // sweep_metrics.cc
void add_host_loss(MetricFamilies& families, const FleetSnapshot& view, const ScrapeValues& scrape);

}  // namespace rollcall::web
