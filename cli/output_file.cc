#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "engine/base/fd.h"

namespace rollcall::cli {
namespace {

// mkstemp(3) makes files private; a result is an ordinary file.
void apply_umask(int fd) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd, 0666 & ~mask);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path) {
  struct stat existing{};
  if (::stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode)) {
    if (!S_ISCHR(existing.st_mode) && !S_ISFIFO(existing.st_mode)) {
      return fail(ErrorCode::kUsage, fmt::format("{} is no regular file: cannot replace it", path));
    }
    auto file = std::unique_ptr<OutputFile>(new OutputFile(path));
    if (!file->stream_) return fail(ErrorCode::kUsage, fmt::format("cannot write {}", path), errno);
    return file;
  }
  // A link stays a link: what it leads to is replaced.
  std::error_code unresolved;
  const std::string target = std::filesystem::weakly_canonical(path, unresolved);
  if (unresolved)
    return fail(ErrorCode::kUsage, fmt::format("cannot write {}", path), unresolved.value());
  std::string temporary = target + ".XXXXXX";
  const Fd fd(::mkstemp(temporary.data()));
  if (!fd) return fail(ErrorCode::kUsage, fmt::format("cannot write {}", path), errno);
  apply_umask(fd.get());
  return std::unique_ptr<OutputFile>(new OutputFile(target, temporary));
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> OutputFile::commit() {
  stream_.flush();
  const bool written = stream_.good();
  if (temporary_.empty()) {
    if (written) return {};
    return fail(ErrorCode::kSystem, fmt::format("cannot write {}", path_), errno);
  }
  const Fd fd(::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!written || !fd || ::fsync(fd.get()) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot write {}", path_),
                written ? errno : ENOSPC);
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot replace {}", path_), errno);
  }
  temporary_.clear();
  return {};
}

}  // namespace rollcall::cli
