// Preloaded into a process, moves its clocks while it runs: what an administrator with `date`, or a
// laptop's lid, does to it. The machine's own clocks are not touched.
//
// ROLLCALL_CLOCKS names a file of two 64-bit numbers, nanoseconds that are added to CLOCK_REALTIME
// and to CLOCK_BOOTTIME; a test writes to it at any time.
//
// Threading: any.
// Ownership: the mapping of the file lives as long as the process.
// Units:     nanoseconds.
// Errors:    without the file the process is aborted: a test whose clocks stand still proves
// nothing. Cost:      a system call where the vDSO would do.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Moved {
  std::atomic<std::int64_t> realtime;
  std::atomic<std::int64_t> boottime;
};

const Moved& moved() {
  static const Moved* const map = [] {
    const char* path = std::getenv("ROLLCALL_CLOCKS");  // NOLINT(concurrency-mt-unsafe)
    const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Moved), PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) std::abort();
    ::close(fd);
    return static_cast<const Moved*>(memory);
  }();
  return *map;
}

timespec plus(const timespec& time, std::int64_t nanoseconds) {
  const std::int64_t sum = time.tv_sec * kSecond + time.tv_nsec + nanoseconds;
  return {.tv_sec = sum / kSecond, .tv_nsec = sum % kSecond};
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (failed != 0) return failed;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    *time = plus(*time, moved().realtime);
  } else if (clock == CLOCK_BOOTTIME) {
    *time = plus(*time, moved().boottime);
  }
  return 0;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* time) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (time != nullptr) *time = now.tv_sec;
  return now.tv_sec;
}
}
