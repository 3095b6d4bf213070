// Which file lies at a path: it may be moved away, or another file system be mounted over it.
//
// Threading: pure.  Ownership: none.  Units: none.  Cost: one stat(2).
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>

namespace rollcall::history {

using FileId = std::pair<dev_t, ino_t>;

// FileId{}: there is none, or it cannot be looked at.
inline FileId file_at(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace rollcall::history
