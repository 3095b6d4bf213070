#include "cli/service/service_queue.h"

#include <algorithm>
#include <exception>

namespace rollcall::cli {

bool ServiceQueue::run(const std::function<void()>& work, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (is_closed_ || waiting_.size() >= kWaitingMax) return false;
  Waiter call{&work};
  waiting_.push_back(&call);
  asked_.notify_one();
  served_.wait_for(lock, patience, [&] { return call.stage != Stage::kWaiting || is_closed_; });
  if (call.stage == Stage::kWaiting) {
    std::erase(waiting_, &call);
    return false;
  }
  // The work has begun and borrows from this stack frame until it ends.
  served_.wait(lock, [&] { return call.stage == Stage::kDone; });
  return !call.failed;
}

void ServiceQueue::wait(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, longest, [&] { return !waiting_.empty(); });
}

void ServiceQueue::serve() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    Waiter* call = waiting_.front();
    waiting_.pop_front();
    call->stage = Stage::kRunning;
    lock.unlock();
    bool failed = false;
    try {
      (*call->work)();
    } catch (const std::exception&) {  // out of memory: run() returns false, the watch continues
      failed = true;
    }
    lock.lock();
    call->failed = failed;
    call->stage = Stage::kDone;
    served_.notify_all();
  }
}

void ServiceQueue::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
  served_.notify_all();
}

}  // namespace rollcall::cli
