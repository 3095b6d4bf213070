// Parses line-based inventory text: CSV if its first line is a header with an `address` column,
// else one target a line.
//
// CSV is RFC 4180, more lenient: blank lines, rows of commas alone and comment lines are allowed.
// Blanks around fields are dropped, and missing fields at the end of a row are empty. Stricter: a
// quoted field ends on the line on which it begins. Columns: address, ports, group, expect, parent,
// note; every other one is a label. Parent and note belong to the group and may stand on any of its
// lines.
//
// Threading: set-up only.
// Ownership: results go to the builder.
// Units:     as LineReader.
// Errors:    the first diagnostic, with its place.
// Cost:      no allocation a line once buffers have grown, but for new names and labels.
#pragma once

#include "engine/base/error.h"
#include "engine/inventory/table_builder.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {

Result<void> parse_lines(TextInput& input, std::uint16_t source, TableBuilder& builder);

}  // namespace rollcall::inventory
