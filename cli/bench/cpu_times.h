// Reads the CPU time that all CPUs of this machine have used. It includes the kernel's work on our
// packets, which mostly runs in soft interrupts and is charged to no process.
//
// Threading: any thread.
// Units:     seconds since boot, to a clock tick (10 ms); take differences.
// Errors:    nullopt when the line does not parse.
// Cost:      one small file in /proc.
#pragma once

#include <optional>
#include <string_view>

namespace rollcall::bench {

struct CpuTimes {
  double user_s = 0;  // nice included
  double system_s = 0;
  double softirq_s = 0;

  double total_s() const { return user_s + system_s + softirq_s; }
  CpuTimes operator-(const CpuTimes& before) const {
    return {user_s - before.user_s, system_s - before.system_s, softirq_s - before.softirq_s};
  }
  CpuTimes& operator+=(const CpuTimes& more) {
    user_s += more.user_s;
    system_s += more.system_s;
    softirq_s += more.softirq_s;
    return *this;
  }
};

// Returns zeros if /proc cannot be read; differences are then zero too.
CpuTimes read_cpu_times();

// Parses the first line of /proc/stat (proc(5)).
std::optional<CpuTimes> parse_cpu_times(std::string_view line, double ticks_per_second);

}  // namespace rollcall::bench
