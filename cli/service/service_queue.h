// ServiceQueue lets other threads run work on the service's thread, which owns all state.
//
//   HTTP thread: run(work) ──> queue ──> serve() on the service's thread
//        waits <──────────────────────────┘
//
// Threading: run() on any thread; wait() and serve() on the service's thread.
// Ownership: borrows the work until run() returns: the work never runs after that.
// Units:     monotonic time.
// Errors:    run() is false when the service did not start the work in time, has ended, or the work
//            threw.
// Cost:      one lock per call; at most kWaitingMax calls wait.
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

  // Returns when there is work to serve, or after that time.
  void wait(std::chrono::milliseconds longest);
  void serve();
  // From now on run() returns false at once.
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
  std::deque<Waiter*> waiting_;  // each lives on the stack of its run()
  bool is_closed_ = false;
};

}  // namespace rollcall::cli
