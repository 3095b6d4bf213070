// Parses a whole JSON document into a tree, for small documents of other programs.
//
// Threading: pure.
// Units:     lines and columns from 1; a column counts bytes.
// Errors:    kInput with "NAME:LINE:COLUMN: not valid JSON: cause"; without the place for a number
//            that does not fit a double.
// Cost:      the tree takes some ten times the text. Fleets are read as a stream: parse_json.h.
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

#include "engine/base/error.h"

namespace rollcall::inventory {

Result<nlohmann::json> json_document(std::string_view name, std::string_view text);

// The string under `key` of an object; "" when there is none.
std::string_view string_at(const nlohmann::json& object, const char* key);
// True when `key` of an object is true.
bool is_set(const nlohmann::json& object, const char* key);

}  // namespace rollcall::inventory
