// Parses rollcall.toml into a Config.
//
// Threading: set-up only.
// Ownership: returns the values.
// Units:     lines and columns from 1.
// Errors:    kInput; the context has one line "FILE:LINE:COLUMN: what, and the fix" per error, in
//            the order of the file. A text that is no TOML gives one such line.
// Cost:      files of at most kConfigBytesMax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/config/config.h"
#include "engine/base/error.h"

namespace rollcall::cli {

inline constexpr std::uint64_t kConfigBytesMax = std::uint64_t{1} << 20;

Result<Config> load_config(const std::string& path);

// Parses a text; `name` stands for the file in errors.
Result<Config> parse_config(std::string_view text, const std::string& name);

}  // namespace rollcall::cli
