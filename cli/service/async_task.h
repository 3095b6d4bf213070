// One piece of work at a time on a thread of its own: a sweep, or reading the inventory.
//
// Threading: start(), take(), is_busy() and request_stop() on one thread; the work on another.
// Ownership: the work owns what it needs; the result is handed over by take().
// Units:     none.
// Errors:    the work's own. Of work that throws (memory) there is no result.
// Cost:      a thread a piece of work. The destructor asks the work to stop and waits for it.
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

  // Begun, and its result not yet taken.
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

  // Once, when the work is over and has a result.
  std::optional<T> take() {
    if (!is_busy() || !is_done_.load(std::memory_order_acquire)) return std::nullopt;
    thread_.join();
    return std::exchange(result_, std::nullopt);
  }

  void request_stop() { thread_.request_stop(); }

 private:
  std::atomic<bool> is_done_{false};
  std::optional<T> result_;
  std::jthread thread_;  // last: it ends before what it writes to goes
};

}  // namespace rollcall::cli
