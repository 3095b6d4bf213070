// Renders inventories and their differences as JSON (schemas rollcall.inventory/1 and
// rollcall.inventory-diff/1).
//
// Threading: pure functions except for the stream.
// Units:     addresses, as ranges in text.
// Errors:    the stream's state. Names pass through printable().
// Cost:      linear in the inventory; holds one group at a time in memory.
#pragma once

#include <ostream>

#include "engine/inventory/compare/diff.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

void show_json(std::ostream& out, const inventory::Inventory& fleet);
void diff_json(std::ostream& out, const inventory::InventoryDiff& diff);

}  // namespace rollcall::cli
