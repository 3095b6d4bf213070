// A few threads for what may block, behind a bounded queue.
//
// Threading: offer() on any thread; the work on the pool's.
// Ownership: owns the work until it has run; what still waits when the pool goes never runs. The
//            registry outlives it.
// Units:     none.
// Errors:    offer() is false when too much waits: the caller says so to its client.
// Cost:      one lock a piece of work. The destructor waits for what is under way.
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
  // `index` of the thread: for what each has of its own.
  using Work = std::function<void(std::size_t index)>;

  // The threads are watched as `name`. `waits_for`: what their work may have to wait for beside the
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
  std::vector<std::jthread> threads_;  // last: they end before what they use goes
};

}  // namespace rollcall::web
