// Reads the properties and settings of this machine that influence the figures of a benchmark.
//
// Threading: any thread.
// Errors:    a value that cannot be read stays empty.
// Cost:      some small files in /proc and /sys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/bench/report.h"

namespace rollcall::bench {

// Call it before BenchNetwork::raise(): a new network namespace does not have
// net.core.netdev_max_backlog.
HostFacts read_host_facts();

// A counter of /sys/class/net/INTERFACE/statistics, in the network namespace whose /sys is mounted;
// 0 if absent.
std::uint64_t interface_counter(const std::string& interface, const char* name);

// The CPU name from the text of /proc/cpuinfo, as "Intel(R) ..."; "" if it has none, as on some ARM
// machines.
std::string cpu_name(std::istream& cpuinfo);

}  // namespace rollcall::bench
