// Inventories and their differences as text for people. Lists are bounded; JSON has everything.
//
// Threading: pure but for the stream.
// Ownership: borrow what they show.
// Units:     addresses, as ranges.
// Errors:    none here; the stream's state is the caller's.
// Cost:      linear in what is shown.
#pragma once

#include <ostream>
#include <string>

#include "engine/inventory/compare/diff.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

// "3 groups, 762 addresses, 762 targets", and duplicates if there are any.
std::string totals_text(const inventory::Inventory& fleet);

// A line for each set of names that look alike; "" when there is none.
std::string look_alikes_text(const inventory::TargetTable& table);

// `all`: every group, however many.
void show_text(std::ostream& out, const inventory::Inventory& fleet, bool all);
void diff_text(std::ostream& out, const inventory::InventoryDiff& diff, bool all);

}  // namespace rollcall::cli
