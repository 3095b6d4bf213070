// The machine and the settings that move the figures.
//
// Threading: any.
// Ownership: returns a value.
// Units:     none.
// Errors:    what cannot be read is left out.
// Cost:      some small files in /proc and /sys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/bench/report.h"

namespace rollcall::bench {

// Of the host. Read it before a lab is entered: a namespace of its own does not show
// net.core.netdev_max_backlog.
HostFacts read_host_facts();

// /sys/class/net/INTERFACE/statistics, of the network namespace whose /sys is mounted; 0 when
// absent.
std::uint64_t interface_counter(const std::string& interface, const char* name);

// "Intel(R) ..." in the text of /proc/cpuinfo; "" when it names none (as on some ARM machines).
std::string cpu_name(std::istream& cpuinfo);

}  // namespace rollcall::bench
