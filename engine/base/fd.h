// A file descriptor that is closed exactly once.
//
// Threading: as an int; not shared.
// Ownership: owns the descriptor.
// Units:     -1 means no descriptor.
// Errors:    close(2)'s result is ignored: no code here depends on it for written data.
// Cost:      one close(2).
#pragma once

#include <unistd.h>

#include <utility>

namespace rollcall {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  // Hands the descriptor to the caller, who must close it.
  int release() && { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace rollcall
