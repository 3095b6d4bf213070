// What this host itself may have lost, from counters that the kernel keeps.
//
// Threading: any.
// Ownership: none.
// Units:     frames since boot; take differences.
// Errors:    a counter that cannot be read counts as 0: it is then no witness.
// Cost:      a few small files in /proc and /sys.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace rollcall::capture {

// Frames dropped before any socket saw them: full per-CPU backlogs (second column of
// /proc/net/softnet_stat, Linux net/core/net-procfs.c; for the whole host) and the interfaces' own
// rx_dropped and rx_missed_errors (Documentation/networking/statistics.rst).
std::uint64_t read_kernel_drops(std::span<const std::string> interfaces);

}  // namespace rollcall::capture
