// How other threads get something done on the service's thread, which owns all state.
//
//   HTTP thread: run(work) ──> queue ──> serve() on the service's thread
//        waits <──────────────────────────┘
//
// Threading: run() on any thread; wait() and serve() on the service's.
// Ownership: work is borrowed until run() returns: it never runs after that.
// Units:     monotonic time.
// Errors:    run() is false when the service did not begin in time, is over, or the work threw.
// Cost:      one lock a call; at most kWaitingMax wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace rollcall::cli {

class ServiceQueue {
 public:
  static constexpr std::size_t kWaitingMax = 64;

  bool run(const std::function<void()>& work, std::chrono::milliseconds patience);

  // Returns when there is something to serve, or after that time.
  void wait(std::chrono::milliseconds longest);
  void serve();
  // From now on nobody is served.
  void close();

 private:
  enum class Stage : std::uint8_t { kWaiting, kRunning, kDone };
  struct Waiter {
    const std::function<void()>* work;
    Stage stage = Stage::kWaiting;
    bool failed = false;
  };

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable served_;
  std::deque<Waiter*> waiting_;  // each lives on its caller's stack
  bool is_closed_ = false;
};

}  // namespace rollcall::cli
