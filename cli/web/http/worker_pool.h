// WorkerPool runs work that may block on a few threads, behind a bounded queue.
//
// Threading: offer() on any thread; the work on the pool's threads.
// Ownership: owns the work until it has run; work that still waits at the end never runs. The
//            registry outlives it.
// Errors:    offer() is false when too much work waits: the caller reports it to its client.
// Cost:      one lock per piece of work. The destructor waits for work under way.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/thread_progress.h"

namespace rollcall::web {

class WorkerPool {
 public:
  // `index` of the thread: for resources that each thread owns.
  using Work = std::function<void(std::size_t index)>;

  // The watchdog knows the threads as `name`. `waits_for`: what their work may wait for beside the
  // service; "": nothing.
  WorkerPool(ThreadRegistry& watched, const char* name, const std::string& waits_for,
             std::size_t threads, std::size_t waiting_max);

  bool offer(Work work);

 private:
  void run(const std::stop_token& stop, std::size_t index, ThreadProgress& progress);

  std::string waits_for_;
  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable_any offered_;
  std::deque<Work> waiting_;
  std::vector<std::jthread> threads_;  // last: threads must end before what they use
};

}  // namespace rollcall::web
