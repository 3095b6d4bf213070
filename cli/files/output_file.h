// A result file that is written whole or not at all.
//
// The bytes go to a temporary file beside the target, created before anything is sent, so that an
// unwritable place is an error at once; commit() syncs it and renames it into place. A device or a
// pipe (/dev/null, a FIFO) cannot be replaced and is written to as it is. A link of the caller's
// stays a link, and what it leads to is replaced; one that another user planted in a folder like
// /tmp is refused (engine/base/resolved_path.h).
//
// Threading: one thread.
// Ownership: removes its temporary file unless committed.
// Units:     bytes.
// Errors:    create() and commit() say which file and why; the target is untouched until commit().
// Cost:      one fsync(2) at commit.
#pragma once

#include <ext/stdio_filebuf.h>
#include <sys/stat.h>

#include <memory>
#include <ostream>
#include <string>

#include "cli/process/privileges.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/resolved_path.h"

namespace rollcall::cli {

class OutputFile {
 public:
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return stream_; }
  // Before anything is written: the mode, and the owner as far as the caller may.
  Result<void> take_after(const struct stat& status);
  // The capabilities of root that commit() makes effective in order to rename in that folder.
  Capabilities needs() const { return needs_; }
  Result<void> commit();

 private:
  // Without a temporary file: straight to what `fd` is.
  OutputFile(ResolvedPath place, int fd, std::string temporary);
  Result<void> written();

  ResolvedPath place_;
  std::string temporary_;  // in the folder of the place
  Capabilities needs_ = 0;
  __gnu_cxx::stdio_filebuf<char> buffer_;  // owns the descriptor
  std::ostream stream_;
};

}  // namespace rollcall::cli
