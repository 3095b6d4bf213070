// Reads the resources that this process uses, for the conventional process_* metrics.
//
// Threading: read_process_figures() from any thread.
// Ownership: a plain value.
// Units:     seconds, bytes.
// Errors:    a value that cannot be read is nullopt, and is not shown.
// Cost:      a small file and a folder of /proc/self.
#pragma once

#include <cstdint>
#include <optional>

namespace rollcall::web {

struct ProcessFigures {
  std::optional<double> cpu_s;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> descriptors_max;
  std::optional<std::uint64_t> threads;
};

ProcessFigures read_process_figures();

}  // namespace rollcall::web
