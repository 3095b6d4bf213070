// Edits an inventory file: reads it once, and replaces it as a whole only if it has not changed
// since.
//
// Threading: the main thread.
// Ownership: holds the text that was read.
// Units:     bytes.
// Errors:    kInput: the file cannot be read, or has changed since. kUsage, kSystem: it cannot be
//            written. An error leaves the file unchanged.
// Cost:      read twice, written once.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "engine/base/error.h"

namespace rollcall::cli {

class FleetFile {
 public:
  // A file that does not exist yet reads as empty. open() follows a symbolic link, unless another
  // user created it; replace() then replaces the link's target.
  static Result<FleetFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }

  // Keeps the mode, and the owner if the caller may set it.
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
