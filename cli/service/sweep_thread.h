// SweepThread runs every sweep, on the only thread of a watch that may open raw sockets.
//
// It starts while the process still has cap_net_raw. The later threads (web, sources, receivers)
// come from a thread that has dropped it (ADR 38).
//
// Threading: run() by one thread at a time, which waits for the result.
// Ownership: owns the thread; borrows the arguments of run(); the registry outlives it.
// Errors:    those of the sweep; an exception of the sweep reaches the caller of run().
// Cost:      one thread, asleep between sweeps.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "cli/service/service.h"

namespace rollcall::cli {

class SweepThread {
 public:
  SweepThread(RunSweep run_sweep, ThreadRegistry& threads);
  Result<sweep::SweepResult> run(const inventory::TargetTable& table, const SweepRequest& request,
                                 const SweepHooks& hooks);

 private:
  using Task = std::packaged_task<Result<sweep::SweepResult>()>;

  void work(const std::stop_token& stop);

  RunSweep run_sweep_;
  ThreadRegistry& threads_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Task task_;  // guarded; invalid: nothing to do
  std::shared_ptr<ThreadProgress> progress_ = threads_.add("sweep");
  std::jthread thread_;  // last: the thread must end before what it uses
};

}  // namespace rollcall::cli
