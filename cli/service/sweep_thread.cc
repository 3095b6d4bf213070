#include "cli/service/sweep_thread.h"

#include <pthread.h>

#include <utility>

namespace rollcall::cli {

namespace {

constexpr std::chrono::seconds kBeatPause{1};

}  // namespace

SweepThread::SweepThread(RunSweep run_sweep, ThreadRegistry& threads)
    : run_sweep_(std::move(run_sweep)),
      threads_(threads),
      thread_([this](const std::stop_token& stop) { work(stop); }) {
  ::pthread_setname_np(thread_.native_handle(), "rc-sweep");
}

Result<sweep::SweepResult> SweepThread::run(const inventory::TargetTable& table,
                                            const SweepRequest& request, const SweepHooks& hooks) {
  SweepHooks watched = hooks;
  watched.threads = &threads_;
  watched.alive = [this] { progress_->beat(); };
  watched.progress = [this, &hooks](const sweep::Progress& progress, TimePoint now) {
    progress_->beat();
    if (hooks.progress) hooks.progress(progress, now);
  };
  Task task([&] { return run_sweep_(table, request, watched); });
  auto result = task.get_future();
  {
    const std::scoped_lock lock(mutex_);
    task_ = std::move(task);
  }
  changed_.notify_one();
  const auto waiting = threads_.add("sweep result");
  while (result.wait_for(kBeatPause) != std::future_status::ready) waiting->beat();
  return result.get();
}

void SweepThread::work(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, stop, kBeatPause, [this] { return task_.valid(); })) {
      if (stop.stop_requested()) return;
      progress_->beat();
    }
    Task task = std::exchange(task_, Task());
    lock.unlock();
    task();
  }
}

}  // namespace rollcall::cli
