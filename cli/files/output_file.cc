#include "cli/files/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "engine/base/random.h"

namespace rollcall::cli {
namespace {

constexpr int kNamesTried = 100;

std::unexpected<Error> cannot_write(const std::string& path, int sys_errno) {
  return fail(ErrorCode::kUsage, fmt::format("cannot write {}", path), sys_errno);
}

// Opens the device or pipe that was checked, and fails if another file has replaced it since.
Result<Fd> open_as_it_is(const ResolvedPath& place) {
  const int how = place.is_descriptor ? 0 : O_NOFOLLOW;
  Fd fd(::openat(place.folder.get(), place.name.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | how));
  struct stat opened{};
  if (!fd || ::fstat(fd.get(), &opened) != 0) return cannot_write(place.path, errno);
  if (opened.st_dev != place.status->st_dev || opened.st_ino != place.status->st_ino) {
    return fail(ErrorCode::kUsage, fmt::format("{} was replaced just now", place.path));
  }
  return fd;
}

Result<Fd> open_temporary(const ResolvedPath& place, std::string& name) {
  Random random(random_seed());
  for (int i = 0; i < kNamesTried; ++i) {
    name = fmt::format("{}.{:06x}", place.name, random() & 0xffffff);
    Fd fd(
        ::openat(place.folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd) return fd;
    if (errno != EEXIST) break;
  }
  return cannot_write(place.path, errno);
}

// The owner of a folder may rename every file in it, also in a sticky folder that others write to.
Capabilities needed_to_rename(const Fd& folder) {
  constexpr mode_t kOwnerMay = S_IWUSR | S_IXUSR;
  struct stat status{};
  if (::fstat(folder.get(), &status) == 0 && status.st_uid == ::geteuid() &&
      (status.st_mode & kOwnerMay) == kOwnerMay) {
    return 0;
  }
  return kAnyFile & ~kReadAnyFile;
}

}  // namespace

OutputFile::OutputFile(ResolvedPath place, int fd, std::string temporary)
    : place_(std::move(place)),
      temporary_(std::move(temporary)),
      needs_(temporary_.empty() ? 0 : needed_to_rename(place_.folder)),
      buffer_(fd, std::ios::out),
      stream_(&buffer_) {}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path) {
  auto place = resolve_path(path);
  if (!place) return std::unexpected(place.error());
  std::string temporary;
  Result<Fd> fd;
  if (!place->status || S_ISREG(place->status->st_mode)) {
    fd = open_temporary(*place, temporary);
  } else if (S_ISCHR(place->status->st_mode) || S_ISFIFO(place->status->st_mode)) {
    fd = open_as_it_is(*place);
  } else {
    return fail(ErrorCode::kUsage, fmt::format("{} is no regular file: cannot replace it", path));
  }
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<OutputFile>(
      new OutputFile(*std::move(place), std::move(*fd).release(), std::move(temporary)));
}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;
  const Raised raised(needs_);
  ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
}

Result<void> OutputFile::take_after(const struct stat& status) {
  if (temporary_.empty()) return {};
  // Only root may change the owner of a file. EPERM is no error: for other users the file keeps the
  // caller as its owner.
  if (::fchown(buffer_.fd(), status.st_uid, status.st_gid) != 0 && errno != EPERM) {
    return fail(ErrorCode::kSystem, fmt::format("cannot keep the owner of {}", place_.path), errno);
  }
  if (::fchmod(buffer_.fd(), status.st_mode & 07777) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot keep the mode of {}", place_.path), errno);
  }
  return {};
}

Result<void> OutputFile::written() {
  errno = 0;
  stream_.flush();
  if (stream_.good() && (temporary_.empty() || ::fsync(buffer_.fd()) == 0)) return {};
  return fail(ErrorCode::kSystem, fmt::format("cannot write {}", place_.path),
              errno != 0 ? errno : ENOSPC);
}

Result<void> OutputFile::commit() {
  if (auto done = written(); !done || temporary_.empty()) return done;
  const Raised raised(needs_);
  const int folder = place_.folder.get();
  if (::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot replace {}", place_.path), errno);
  }
  temporary_.clear();
  return {};
}

}  // namespace rollcall::cli
