// Identifies the file at a path: an operator may move it away, or mount another file system over
// it.
//
// Threading: pure.
// Cost:      one stat(2).
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>

namespace rollcall::history {

using FileId = std::pair<dev_t, ino_t>;

// Returns FileId{} if there is no file, or stat(2) fails.
inline FileId file_at(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace rollcall::history
