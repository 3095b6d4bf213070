#include "engine/inventory/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rollcall::inventory {
namespace {

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

constexpr int kWriterMs = 5'000;

// Opening a pipe for reading waits for a writer, for ever, unless it is opened with O_NONBLOCK.
// Then poll() reports nothing until a writer wrote or closed (fifo(7), poll(2)).
bool has_writer(int fd) {
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, kWriterMs) > 0;
}

}  // namespace

Result<std::size_t> TextSource::read(std::span<char> buffer) {
  const std::size_t count = text_.copy(buffer.data(), buffer.size());
  text_.remove_prefix(count);
  return count;
}

Result<FileSource> FileSource::open(const std::string& path) {
  const bool standard_input = path == "-";
  std::string name = standard_input ? "standard input" : path;
  Fd fd(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                       : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return fail(ErrorCode::kInput, name + ": cannot be opened; check its name and permissions",
                errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kInput, name + ": is a directory; name a file in it");
  }
  if (!standard_input) {
    if (S_ISFIFO(status.st_mode) && !has_writer(fd.get())) {
      return fail(ErrorCode::kInput,
                  fmt::format("{}: is a pipe, and no program writes to it within {} s; name a file",
                              name, kWriterMs / 1000));
    }
    const int flags = ::fcntl(fd.get(), F_GETFL);
    ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK);  // read() waits for a slow writer
  }
  return FileSource(std::move(fd), std::move(name), status);
}

Result<std::size_t> FileSource::read(std::span<char> buffer) {
  for (;;) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return fail(ErrorCode::kInput, name_ + ": cannot be read", errno);
  }
}

Result<void> FileSource::unchanged() const {
  struct stat now{};
  if (::fstat(fd_.get(), &now) != 0) {
    return fail(ErrorCode::kInput, name_ + ": cannot be read", errno);
  }
  if (S_ISREG(now.st_mode) &&
      (now.st_size != at_open_.st_size || !same_time(now.st_mtim, at_open_.st_mtim))) {
    return fail(ErrorCode::kInput, name_ + ": changed while it was read; run again");
  }
  return {};
}

}  // namespace rollcall::inventory
