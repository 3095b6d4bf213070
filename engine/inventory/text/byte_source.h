// Reads inventory bytes from a file, standard input, or text in memory.
//
// Threading: not thread-safe.
// Ownership: FileSource owns its descriptor; TextSource borrows its text.
// Units:     bytes.
// Errors:    kInput, with the name of the file and the cause.
// Cost:      one read(2) a call.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::inventory {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The count of bytes put into `buffer`; 0 at the end.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  Result<std::size_t> read(std::span<char> buffer) override;

 private:
  std::string_view text_;
};

// Time limits for a named pipe: until a program opens it for writing, and for each piece of data.
struct PipePatience {
  int writer_ms = 5'000;
  int silence_ms = 30'000;
};

class FileSource final : public ByteSource {
 public:
  // "-" is standard input, which stays open.
  static Result<FileSource> open(const std::string& path, PipePatience patience = {});

  const std::string& name() const { return name_; }
  Result<std::size_t> read(std::span<char> buffer) override;

  // Fails when a regular file changed since it was opened: a generator that writes in place could
  // have given us half of the fleet.
  Result<void> unchanged() const;

 private:
  FileSource(Fd fd, std::string name, const struct stat& at_open)
      : fd_(std::move(fd)), name_(std::move(name)), at_open_(at_open) {}

  Fd fd_;
  std::string name_;
  struct stat at_open_;
  std::optional<PipePatience> patience_;  // of a named pipe
  bool has_begun_ = false;                // a writer came: a read of 0 bytes is the end
};

}  // namespace rollcall::inventory
