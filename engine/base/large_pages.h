// Reserves vector memory that the kernel backs by large pages, if it does so on request
// (/sys/kernel/mm/transparent_hugepage/enabled: madvise, the default on Debian).
//
// For tens of megabytes that every sweep walks or that are accessed at random: with pages of 4 KiB
// an access often misses the TLB as well as the cache.
//
// Threading: pure.
// Units:     elements.
// Errors:    ignored: without large pages it is an ordinary vector.
// Cost:      one system call.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace rollcall {

// Call it before adding elements: the kernel does not change pages that were already touched.
template <typename T>
void reserve_large(std::vector<T>& vector, std::size_t capacity) {
  vector.reserve(capacity);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(vector.data());
  const std::uintptr_t first = (begin + vector.size() * sizeof(T) + page - 1) / page * page;
  const std::uintptr_t last = (begin + vector.capacity() * sizeof(T)) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace rollcall
