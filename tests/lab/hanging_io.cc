// Preloaded into a process, keeps chosen calls on chosen files from returning: what a dead disk or
// a file server that does not answer does to it.
//
// ROLLCALL_HANGING names a file of at least a page. Its text, up to the first NUL, says what hangs:
// "CALL WORD", where CALL is sync, write or read, and WORD a part of the file's path; "slow WORD":
// each sync takes a second and a half more. A test writes to it at any time; with the first byte
// NUL nothing hangs any more.
//
// Threading: any.
// Ownership: the mapping of the file lives as long as the process.
// Errors:    without the file the process is aborted: a test in which nothing hangs proves nothing.
// Cost:      a look at one byte a call, while nothing hangs.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kPage = 4096;

const volatile char* control() {
  static const volatile char* const map = [] {
    const char* path = std::getenv("ROLLCALL_HANGING");  // NOLINT(concurrency-mt-unsafe)
    const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    void* memory = ::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) std::abort();
    ::close(fd);
    return static_cast<const volatile char*>(memory);
  }();
  return map;
}

std::string path_of(int fd) {
  std::array<char, 512> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t count = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

bool hangs(std::string_view call, int fd) {
  std::string text;
  for (const volatile char* at = control(); *at != '\0' && text.size() < kPage - 1; ++at)
    text += *at;
  if (!text.starts_with(call) || text.size() <= call.size() + 1) return false;
  return path_of(fd).find(text.substr(call.size() + 1)) != std::string::npos;
}

void pass(std::string_view call, int fd) {
  const int before = errno;
  while (*control() != '\0' && hangs(call, fd)) {
    const timespec pause{.tv_sec = 0, .tv_nsec = 20'000'000};
    ::nanosleep(&pause, nullptr);
  }
  errno = before;
}

void take_time(int fd) {
  const timespec pause{.tv_sec = 1, .tv_nsec = 500'000'000};
  if (*control() != '\0' && hangs("slow", fd)) ::nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" {

int fsync(int fd) {
  pass("sync", fd);
  take_time(fd);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  pass("sync", fd);
  take_time(fd);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

ssize_t write(int fd, const void* data, size_t size) {
  pass("write", fd);
  return ::syscall(SYS_write, fd, data, size);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  pass("write", fd);
  return ::syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pread64(int fd, void* data, size_t size, off64_t at) {
  pass("read", fd);
  return ::syscall(SYS_pread64, fd, data, size, at);
}
}
