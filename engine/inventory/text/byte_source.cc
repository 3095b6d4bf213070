#include "engine/inventory/text/byte_source.h"

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

bool is_ready_within(int fd, int wait_ms) {
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, wait_ms) > 0;
}

}  // namespace

Result<std::size_t> TextSource::read(std::span<char> buffer) {
  const std::size_t count = text_.copy(buffer.data(), buffer.size());
  text_.remove_prefix(count);
  return count;
}

Result<FileSource> FileSource::open(const std::string& path, PipePatience patience) {
  const bool standard_input = path == "-";
  std::string name = standard_input ? "standard input" : path;
  // Without O_NONBLOCK, open(2) of a named pipe blocks until a writer comes (fifo(7)).
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
  const bool is_pipe = !standard_input && S_ISFIFO(status.st_mode);
  if (!standard_input && !is_pipe) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK);
  }
  FileSource source(std::move(fd), std::move(name), status);
  if (is_pipe) source.patience_ = patience;
  return source;
}

// A named pipe is read without blocking. Before the first writer comes, read(2) returns 0 as at the
// end. While a writer holds the pipe open without data, it fails with EAGAIN (fifo(7)).
Result<std::size_t> FileSource::read(std::span<char> buffer) {
  bool has_waited = false;
  for (;;) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    const int error = count < 0 ? errno : 0;
    if (count > 0 || (count == 0 && (!patience_ || has_begun_))) {
      has_begun_ = true;
      return static_cast<std::size_t>(count);
    }
    if (count == 0) {
      if (has_waited) {
        return fail(ErrorCode::kInput,
                    fmt::format("{}: is a pipe, and no program writes to it within {} s; name a "
                                "file",
                                name_, patience_->writer_ms / 1000));
      }
      // Also true if the writer has already closed the pipe: then the next read is the end.
      has_begun_ = is_ready_within(fd_.get(), patience_->writer_ms);
      has_waited = true;
    } else if (error == EAGAIN && patience_) {
      if (!is_ready_within(fd_.get(), patience_->silence_ms)) {
        return fail(ErrorCode::kInput,
                    fmt::format("{}: is a pipe, and the program that holds it open wrote nothing "
                                "for {} s; end that program, or name a file",
                                name_, patience_->silence_ms / 1000));
      }
      has_begun_ = true;
    } else if (error != EINTR) {
      return fail(ErrorCode::kInput, name_ + ": cannot be read", error);
    }
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
