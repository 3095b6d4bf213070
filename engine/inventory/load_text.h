// Loads inventory text from an open byte source: the core of load_inventory(), and the entry point
// for tests and fuzzers.
//
// Threading, Units, Errors, Cost: as load.h. Errors name the source as `name`.
// Ownership: borrows the source or text until it returns.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/inventory/load.h"
#include "engine/inventory/table_builder.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {

Result<void> read_source(std::string name, ByteSource& bytes, TableBuilder& builder);

// Loads the text as load_inventory() loads a file of this name and content. Ignores
// `request.files` and `request.targets`.
Result<Inventory> load_text(std::string name, std::string_view text, const LoadRequest& request);

}  // namespace rollcall::inventory
