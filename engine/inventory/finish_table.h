// A Draft -> the Inventory: duplicates merged, exclusions removed, groups chosen and numbered.
//
// Threading: a pure function.
// Ownership: consumes the draft; the rows are sorted and thinned where they lie.
// Units:     none.
// Errors:    kInput where two lines contradict each other, naming both places, and when no target
// is
//            left; kUsage for an unknown group, naming the nearest ones.
// Cost:      two sorts of the rows, each skipped when they are in order already; then the index.
#pragma once

#include "engine/base/error.h"
#include "engine/inventory/load.h"
#include "engine/inventory/table_builder.h"

namespace rollcall::inventory {

// Uses the exclude, only_groups and seed of `request`.
Result<Inventory> finish_table(Draft draft, const LoadRequest& request);

}  // namespace rollcall::inventory
