#include "cli/web/http/worker_pool.h"

#include <sys/prctl.h>

#include <exception>
#include <optional>
#include <utility>

namespace rollcall::web {
namespace {

constexpr std::chrono::seconds kBeatPause{1};

}  // namespace

WorkerPool::WorkerPool(ThreadRegistry& watched, const char* name, const std::string& waits_for,
                       std::size_t threads, std::size_t waiting_max)
    : waits_for_(waits_for), waiting_max_(waiting_max) {
  for (std::size_t index = 0; index < threads; ++index) {
    threads_.emplace_back(
        [this, index, name, progress = watched.add(name)](const std::stop_token& stop) {
          ::prctl(PR_SET_NAME, name);
          run(stop, index, *progress);
        });
  }
}

bool WorkerPool::offer(Work work) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= waiting_max_) return false;
  waiting_.push_back(std::move(work));
  offered_.notify_one();
  return true;
}

void WorkerPool::run(const std::stop_token& stop, std::size_t index, ThreadProgress& progress) {
  while (true) {
    Work work;
    progress.beat();
    {
      std::unique_lock lock(mutex_);
      const bool has_work =
          offered_.wait_for(lock, stop, kBeatPause, [&] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      if (!has_work) continue;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      std::optional<SlowOperation> patience;
      if (!waits_for_.empty()) patience.emplace(&progress, waits_for_);
      work(index);
    } catch (const std::exception&) {  // out of memory: only this request gets no answer
    }
  }
}

}  // namespace rollcall::web
