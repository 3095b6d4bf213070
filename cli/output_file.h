// A result file that is written whole or not at all.
//
// The bytes go to a temporary file beside the target, created before anything is sent, so that an
// unwritable place is an error at once; commit() syncs it and renames it into place. A device or a
// pipe (/dev/null, a FIFO) cannot be replaced and is written to as it is.
//
// Threading: one thread.
// Ownership: removes its temporary file unless committed.
// Units:     bytes.
// Errors:    create() and commit() say which file and why; the target is untouched until commit().
// Cost:      one fsync(2) at commit.
#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "engine/base/error.h"

namespace rollcall::cli {

class OutputFile {
 public:
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return stream_; }
  Result<void> commit();

 private:
  // Without a temporary file: straight to `path`.
  explicit OutputFile(std::string path, std::string temporary = {})
      : path_(std::move(path)),
        temporary_(std::move(temporary)),
        stream_(temporary_.empty() ? path_ : temporary_) {}

  std::string path_;
  std::string temporary_;
  std::ofstream stream_;
};

}  // namespace rollcall::cli
