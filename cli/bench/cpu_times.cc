#include "cli/bench/cpu_times.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace rollcall::bench {

std::optional<CpuTimes> parse_cpu_times(std::string_view line, double ticks_per_second) {
  enum : std::uint8_t { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftirq, kColumns };
  std::istringstream columns{std::string(line)};
  std::string name;
  std::array<double, kColumns> ticks{};
  if (!(columns >> name) || name != "cpu") return std::nullopt;
  for (double& value : ticks) {
    if (!(columns >> value)) return std::nullopt;
  }
  return CpuTimes{.user_s = (ticks[kUser] + ticks[kNice]) / ticks_per_second,
                  .system_s = ticks[kSystem] / ticks_per_second,
                  .softirq_s = ticks[kSoftirq] / ticks_per_second};
}

CpuTimes read_cpu_times() {
  std::ifstream file("/proc/stat");
  std::string line;
  std::getline(file, line);
  return parse_cpu_times(line, static_cast<double>(::sysconf(_SC_CLK_TCK))).value_or(CpuTimes{});
}

}  // namespace rollcall::bench
