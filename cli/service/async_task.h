// AsyncTask runs one piece of work at a time on its own thread: a sweep, or reading the inventory.
//
// Threading: start(), take(), is_busy() and request_stop() on one thread; the work on another.
// Ownership: the work owns what it needs; take() hands over the result.
// Errors:    the work reports its own. Work that throws (out of memory) has no result.
// Cost:      one thread per piece of work. The destructor requests a stop and waits for the work.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace rollcall::cli {

template <typename T>
class AsyncTask {
 public:
  using Work = std::function<T(const std::stop_token&)>;

  // True from start() until take() returns the result.
  bool is_busy() const { return thread_.joinable(); }

  // Requires: not busy.
  void start(Work work) {
    is_done_.store(false, std::memory_order_relaxed);
    thread_ = std::jthread([this, work = std::move(work)](const std::stop_token& stop) {
      try {
        result_.emplace(work(stop));
      } catch (const std::exception&) {
      }
      is_done_.store(true, std::memory_order_release);
    });
  }

  // Returns the result once, after the work has ended.
  std::optional<T> take() {
    if (!is_busy() || !is_done_.load(std::memory_order_acquire)) return std::nullopt;
    thread_.join();
    return std::exchange(result_, std::nullopt);
  }

  void request_stop() { thread_.request_stop(); }

 private:
  std::atomic<bool> is_done_{false};
  std::optional<T> result_;
  std::jthread thread_;  // last: the thread must end before the members that it writes to
};

}  // namespace rollcall::cli
