// Resolves a path to an open folder and a name, and refuses links that another user planted.
//
// All users may write to some folders, such as /tmp. There, resolve_path() follows a symbolic link
// only if it belongs to the caller, root or the folder's owner (ADR 39). The kernel's own rule
// (fs.protected_symlinks) covers open(2) alone. It does not cover a program that resolves a path
// first and opens or renames by the result.
//
// Threading: set-up only.
// Ownership: holds the folder open, so that no other folder can take its place.
// Errors:    kPermission: a planted link, pipe or device. kUsage: a path component that is not a
//            folder, does not exist or cannot be entered.
// Cost:      two system calls a component.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall {

struct ResolvedPath {
  Fd folder;                          // opened with O_PATH: for *at() calls only
  std::string name;                   // the entry in the folder; "": none, as for / and ..
  std::string path;                   // without links
  std::optional<struct stat> status;  // of the entry, if it exists
  // An open descriptor of this process (/dev/stderr, /dev/fd/N): a link that only the kernel can
  // follow. Any other result with a status is not a link.
  bool is_descriptor = false;
};

Result<ResolvedPath> resolve_path(const std::string& path);

}  // namespace rollcall
