// Finds names in one inventory that look the same to a reader: "web01" and "Web01", "web-01" and
// "web_01". They are allowed, but rarely intended: each holds a part of what should be one group.
//
// Threading: a pure function.
// Cost:      one key for each group; see name_text.h for what it compares.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

struct LookAlikes {
  std::string_view what;           // "groups" or "parents"
  std::vector<std::string> names;  // two or more, in order
};

std::vector<LookAlikes> look_alikes(const TargetTable& table);

}  // namespace rollcall::inventory
