#include "cli/bench/host.h"

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>

namespace rollcall::bench {
namespace {

std::optional<std::string> first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word)) return std::nullopt;
  return word;
}

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

}  // namespace

std::string cpu_name(std::istream& cpuinfo) {
  for (std::string line; std::getline(cpuinfo, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "";
}

HostFacts read_host_facts() {
  HostFacts facts;
  std::ifstream cpuinfo("/proc/cpuinfo");
  facts.machine = cpu_name(cpuinfo);
  utsname name{};
  if (::uname(&name) == 0) {
    facts.kernel = name.release;
    if (facts.machine.empty()) facts.machine = name.machine;
  }
  facts.cpus = usable_cpus();
  facts.governor = first_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::ifstream backlog("/proc/sys/net/core/netdev_max_backlog");
  if (std::uint64_t packets = 0; backlog >> packets) facts.backlog = packets;
  return facts;
}

std::uint64_t interface_counter(const std::string& interface, const char* name) {
  std::ifstream file("/sys/class/net/" + interface + "/statistics/" + name);
  std::uint64_t value = 0;
  return file >> value ? value : 0;
}

}  // namespace rollcall::bench
