// The one thread of a watch that may open raw sockets: every sweep runs on it.
//
// It starts while the process still has cap_net_raw; the threads that come later, for the web, the
// sources and the receivers, come from one that has given it up (ADR 38).
//
// Threading: run() by one thread at a time, which waits.
// Ownership: owns the thread; what run() is given stays the caller's; the registry outlives it.
// Units:     none.
// Errors:    as the sweep's own; what it throws is thrown to the caller of run().
// Cost:      a thread, asleep between sweeps.
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
  Task task_;  // guarded; none: nothing to do
  std::shared_ptr<ThreadProgress> progress_ = threads_.add("sweep");
  std::jthread thread_;  // last: it ends before what it uses goes
};

}  // namespace rollcall::cli
