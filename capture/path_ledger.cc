#include "capture/path_ledger.h"

#include <fstream>
#include <sstream>

namespace rollcall::capture {
namespace {

std::uint64_t softnet_drops() {
  std::ifstream file("/proc/net/softnet_stat");
  std::uint64_t total = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream columns(line);
    std::uint64_t processed = 0;
    std::uint64_t dropped = 0;
    if (columns >> std::hex >> processed >> dropped) total += dropped;
  }
  return total;
}

std::uint64_t interface_counter(const std::string& interface, const char* name) {
  std::ifstream file("/sys/class/net/" + interface + "/statistics/" + name);
  std::uint64_t value = 0;
  file >> value;
  return file ? value : 0;
}

}  // namespace

std::uint64_t read_kernel_drops(std::span<const std::string> interfaces) {
  std::uint64_t total = softnet_drops();
  for (const std::string& interface : interfaces) {
    total += interface_counter(interface, "rx_dropped");
    total += interface_counter(interface, "rx_missed_errors");
  }
  return total;
}

}  // namespace rollcall::capture
