// Parses Prometheus file_sd JSON:
// [{"targets": ["10.0.42.1:80"], "labels": {"group": "web42"}}, ...].
//
// Labels `group`, `expect`, `parent` and `note` mean the same as the CSV columns. Every other label
// is kept as a label.
//
// Threading: set-up only.
// Ownership: results go to the builder.
// Units:     lines and columns of the document's bytes.
// Errors:    the first diagnostic, with its place: of syntax, of shape (naming the element), or of
//            a target.
// Cost:      read as a stream: 48 bytes a target of the current element, and no document tree.
#pragma once

#include "engine/base/error.h"
#include "engine/inventory/table_builder.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {

Result<void> parse_json(TextInput& input, std::uint16_t source, TableBuilder& builder);

}  // namespace rollcall::inventory
