// Loads inventory text from a byte source that is already open: load_inventory()'s core, and the
// door for tests and fuzzers.
//
// Threading: set-up only.
// Ownership: borrows the source or text until it returns.
// Units:     as load.h.
// Errors:    as load.h; places name the source as `name`.
// Cost:      as load.h.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/inventory/load.h"
#include "engine/inventory/table_builder.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {

Result<void> read_source(std::string name, ByteSource& bytes, TableBuilder& builder);

// As load_inventory() would load one file of this name and text; `request.files` and
// `request.targets` are ignored.
Result<Inventory> load_text(std::string name, std::string_view text, const LoadRequest& request);

}  // namespace rollcall::inventory
