// Writes a result file completely or not at all.
//
// The bytes go to a temporary file beside the target. It is created before the first probe, so that
// a folder that is not writable is an error at once. commit() syncs it and renames it to the
// target. A device or a pipe (/dev/null, a FIFO) cannot be replaced and is written to directly. A
// symbolic link of the caller stays, and its target is replaced. A link that another user created
// in a folder like /tmp is refused (engine/base/resolved_path.h).
//
// Threading: one thread.
// Ownership: removes its temporary file unless committed.
// Units:     bytes.
// Errors:    create() and commit() say which file and why; the target is unchanged until commit().
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
  // Takes the mode from `status`, and the owner if the caller may set it. Call it before writing.
  Result<void> take_after(const struct stat& status);
  // The capabilities that commit() makes effective in order to rename in that folder.
  Capabilities needs() const { return needs_; }
  Result<void> commit();

 private:
  // `temporary` is "" if `fd` is the target itself (a device or a pipe).
  OutputFile(ResolvedPath place, int fd, std::string temporary);
  Result<void> written();

  ResolvedPath place_;
  std::string temporary_;  // its name in place_.folder; "": none, or already renamed
  Capabilities needs_ = 0;
  __gnu_cxx::stdio_filebuf<char> buffer_;  // owns the descriptor
  std::ostream stream_;
};

}  // namespace rollcall::cli
