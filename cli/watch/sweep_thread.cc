#include "cli/watch/sweep_thread.h"

#include <pthread.h>

#include <utility>

namespace rollcall::cli {

SweepThread::SweepThread(RunSweep run_sweep)
    : run_sweep_(std::move(run_sweep)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {
  ::pthread_setname_np(thread_.native_handle(), "rc-sweep");
}

Result<sweep::SweepResult> SweepThread::run(const inventory::TargetTable& table,
                                            const SweepRequest& request, const SweepHooks& hooks) {
  Task task([&] { return run_sweep_(table, request, hooks); });
  auto result = task.get_future();
  {
    const std::scoped_lock lock(mutex_);
    task_ = std::move(task);
  }
  changed_.notify_one();
  return result.get();
}

void SweepThread::work(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return task_.valid(); })) return;
    Task task = std::exchange(task_, Task());
    lock.unlock();
    task();
  }
}

}  // namespace rollcall::cli
