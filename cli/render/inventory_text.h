// Renders inventories and their differences as text. Lists are limited; JSON has everything.
//
// Threading: pure functions except for the stream.
// Units:     addresses, as ranges.
// Errors:    the stream's state.
// Cost:      linear in the inventory.
#pragma once

#include <ostream>
#include <string>

#include "engine/inventory/compare/diff.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

// "3 groups, 762 addresses, 762 targets", and the duplicates if there are any.
std::string totals_text(const inventory::Inventory& fleet);

// A warning line for each set of names that look alike; "" if there are none.
std::string look_alikes_text(const inventory::TargetTable& table);

// `all`: shows every group and overlap, without a limit.
void show_text(std::ostream& out, const inventory::Inventory& fleet, bool all);
void diff_text(std::ostream& out, const inventory::InventoryDiff& diff, bool all);

}  // namespace rollcall::cli
