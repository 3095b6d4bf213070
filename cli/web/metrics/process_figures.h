// What this process takes of its host, as the conventional process_* metrics tell it.
//
// Threading: read_process_figures() from any thread.
// Ownership: a plain value.
// Units:     seconds, bytes.
// Errors:    what cannot be read is nullopt, and is not shown.
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
