// Turns a Draft into the Inventory: merges duplicates, removes exclusions, selects groups.
//
// Threading: a pure function.
// Ownership: consumes the draft; the rows are sorted and thinned in place.
// Errors:    kInput when two lines contradict each other (both places are named), and when no
//            target is left; kUsage for an unknown group (the nearest names are listed).
// Cost:      two sorts of the rows, each skipped when they are in order already; then the index.
#pragma once

#include "engine/base/error.h"
#include "engine/inventory/load.h"
#include "engine/inventory/table_builder.h"

namespace rollcall::inventory {

// Uses `exclude`, `only_groups` and `seed` of the request.
Result<Inventory> finish_table(Draft draft, const LoadRequest& request);

}  // namespace rollcall::inventory
