// Finds the known name that a mistyped name was meant to be.
//
// Threading: pure functions.
// Ownership: results borrow from `known`.
// Units:     edit distance: insertions, deletions, substitutions and swaps of neighbours, each 1.
// Cost:      the product of both lengths a pair; used only after a failure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::inventory {

std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `count` names of `known`, nearest first.
std::vector<std::string_view> nearest(std::string_view name, std::span<const std::string> known,
                                      std::size_t count);

// The name of `known` that `name` almost certainly means: `name` is its beginning, or at most a
// third of the letters is wrong.
std::optional<std::string_view> closest_match(std::string_view name,
                                              std::span<const std::string> known);

}  // namespace rollcall::inventory
