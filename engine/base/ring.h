// A bounded queue between two threads, and a counter that one thread writes and others read.
//
// Threading: one producer, one consumer; a Counter has one writer and any readers.
// Ownership: elements are copied in and out.
// Units:     capacity in elements.
// Errors:    a full ring makes push() return fewer than offered; each user documents what follows.
// Cost:      wait-free; no allocation after construction.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <cstdint>

namespace rollcall {

template <typename T>
using SpscRing = boost::lockfree::spsc_queue<T>;

class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    // One writer, so a plain load and store instead of a locked add on the packet path.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

inline constexpr std::size_t kCacheLineBytes = 64;

}  // namespace rollcall
