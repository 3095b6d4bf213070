// An inventory file that is edited: read once, and replaced whole only if nobody changed it since.
//
// Threading: the main thread.
// Ownership: holds the text that was read.
// Units:     bytes.
// Errors:    kInput when the file cannot be read or changed meanwhile; kUsage and kSystem when it
//            cannot be written. The file is untouched after every one of them.
// Cost:      read twice, written once.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "engine/base/error.h"

namespace rollcall::cli {

class FleetFile {
 public:
  // A file that does not exist yet reads as empty. A symbolic link is followed, unless another user
  // planted it: the file that it leads to is the one replaced.
  static Result<FleetFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }

  // Keeps the mode, and the owner as far as the caller may.
  Result<void> replace(const std::string& text) const;

 private:
  FleetFile(std::string path, std::string text, std::optional<struct stat> status)
      : path_(std::move(path)), text_(std::move(text)), status_(status) {}
  Result<void> unchanged() const;

  std::string path_;
  std::string text_;
  std::optional<struct stat> status_;  // nullopt: there was no file
};

}  // namespace rollcall::cli
