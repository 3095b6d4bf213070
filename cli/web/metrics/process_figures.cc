#include "cli/web/metrics/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rollcall::web {
namespace {

// Fields of /proc/PID/stat by their numbers in proc(5). Parsing starts at field 3, the first after
// the name, because only the name may hold spaces and parentheses.
struct Stat {
  std::uint64_t threads = 0;         // 20
  std::uint64_t virtual_bytes = 0;   // 23
  std::uint64_t resident_pages = 0;  // 24
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  Stat stat;
  std::string skipped;
  for (int field = 3; field < 20; ++field) fields >> skipped;
  fields >> stat.threads >> skipped >> skipped >> stat.virtual_bytes >> stat.resident_pages;
  if (!fields) return {};
  return stat;
}

std::optional<std::uint64_t> count_descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  if (error || count == 0) return {};
  return count - 1;  // without the descriptor that reads this folder
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  if (const auto stat = read_stat()) {
    figures.threads = stat->threads;
    figures.virtual_bytes = stat->virtual_bytes;
    figures.resident_bytes =
        stat->resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  figures.open_descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.descriptors_max = limit.rlim_cur;
  return figures;
}

}  // namespace rollcall::web
