// Inventories and their differences as JSON, rollcall.inventory/1 and rollcall.inventory-diff/1.
//
// Threading: pure but for the stream.
// Ownership: borrow what they show.
// Units:     addresses, as ranges in text.
// Errors:    none: names are shown as printable() shows them.
// Cost:      linear in the inventory; a group at a time in memory.
#pragma once

#include <ostream>

#include "engine/inventory/compare/diff.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

void show_json(std::ostream& out, const inventory::Inventory& fleet);
void diff_json(std::ostream& out, const inventory::InventoryDiff& diff);

}  // namespace rollcall::cli
