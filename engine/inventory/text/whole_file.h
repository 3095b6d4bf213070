// Reads a file or standard input into one text, for formats that cannot be read line by line.
//
// Threading: set-up only.
// Units:     bytes.
// Errors:    kInput: cannot be opened or read, longer than `bytes_max`, changed during the read.
// Cost:      the text in memory, once.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/error.h"

namespace rollcall::inventory {

inline constexpr std::uint64_t kWholeFileBytesMax = std::uint64_t{64} << 20;

struct WholeFile {
  std::string name;  // for places in errors: "standard input" for "-"
  std::string text;  // without a byte order mark
};

Result<WholeFile> read_whole(const std::string& path, std::uint64_t bytes_max = kWholeFileBytesMax);

}  // namespace rollcall::inventory
