// Where a path leads, unless another user leads it astray.
//
// In a folder that everybody may write to, such as /tmp, a symbolic link is followed only if it is
// the caller's, root's or the folder owner's. The kernel's own rule (fs.protected_symlinks) holds
// for open(2) alone, not for who resolves a path first and opens or renames by the result.
//
// Threading: set-up only.
// Ownership: holds the folder open, so that nobody can put another one in its place.
// Units:     none.
// Errors:    kPermission: a planted link, pipe or device. kUsage: a folder on the way that is none,
//            is not there or cannot be entered.
// Cost:      two system calls a component.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall {

struct ResolvedPath {
  Fd folder;                          // as a place only (O_PATH)
  std::string name;                   // in it; "": none, as of / and ..
  std::string path;                   // without links
  std::optional<struct stat> status;  // of what is there
  // An open descriptor of this process (/dev/stderr, /dev/fd/N): a link that only the kernel can
  // follow. All else that has a status is no link.
  bool is_descriptor = false;
};

Result<ResolvedPath> resolve_path(const std::string& path);

}  // namespace rollcall
