#include "cli/web/workers.h"

#include <exception>
#include <utility>

namespace rollcall::web {

Workers::Workers(std::size_t threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (std::size_t index = 0; index < threads; ++index) {
    threads_.emplace_back([this, index](const std::stop_token& stop) { run(stop, index); });
  }
}

bool Workers::offer(Work work) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= waiting_max_) return false;
  waiting_.push_back(std::move(work));
  offered_.notify_one();
  return true;
}

void Workers::run(const std::stop_token& stop, std::size_t index) {
  while (true) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      if (!offered_.wait(lock, stop, [&] { return !waiting_.empty(); }) || stop.stop_requested()) {
        return;
      }
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      work(index);
    } catch (const std::exception&) {  // memory: this request gets no answer, the next may
    }
  }
}

}  // namespace rollcall::web
