// Watches over the threads of the process, and ends it by force where they do not.
//
//   ThreadRegistry ──> every thread goes on ──────────> WATCHDOG=1 to systemd
//                  └─> one is stuck for stuck_after ──> log, not ready, no heartbeat, no WATCHDOG=1
//                      and end_after later ───────────> _exit(kExitStuck): its supervisor restarts
//                      it
//   SIGTERM ──> the service ends by itself ──> _exit() after stop_patience, or join_patience after
//                                              it has written and told what it could
//
// A thread that waits for a file or a peer (Patience) is no reason for a restart, which would wait
// for the same: it is named after named_after.
//
// Threading: a thread of its own, which touches nothing that another thread may hold for long.
// Ownership: registry and log outlive it.
// Units:     time during which it ran itself: a process that was stopped as a whole is not stuck.
// Cost:      four looks a second.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "cli/service/process/log.h"
#include "cli/service/process/systemd_notifier.h"
#include "engine/base/thread_progress.h"

namespace rollcall::cli {

// EX_SOFTWARE of sysexits.h. No exit code of the command has it.
inline constexpr int kExitStuck = 70;

struct WatchdogOptions {
  Duration stuck_after = std::chrono::seconds(12);
  Duration end_after = std::chrono::seconds(4);  // time for the log
  Duration named_after = std::chrono::seconds(30);
  Duration stop_patience = std::chrono::seconds(9);
  Duration join_patience = std::chrono::milliseconds(1500);
  std::function<void(int)> end_process;  // none: _exit()
};

class Watchdog {
 public:
  Watchdog(ThreadRegistry& threads, const Log& log, WatchdogOptions options = {});

  // A thread became stuck, or is so no more. Called on the watchdog's thread; must not block.
  void on_stuck(std::function<void(const std::string& names)> listener);

  // The service has written and told what it could: what is left is to join threads. Where that
  // takes too long, the process ends with this code.
  void note_stopped(int exit_code) { exit_code_.store(exit_code, std::memory_order_relaxed); }

 private:
  static constexpr int kNotStopped = -1;

  void run(const std::stop_token& stop);
  void look(Duration elapsed);
  void name_hanging(const std::vector<StuckThread>& silent);
  void note_stuck(const std::string& names);
  void watch_the_end(Duration elapsed);
  void end(int code);

  ThreadRegistry& threads_;
  const Log& log_;
  WatchdogOptions options_;
  SystemdNotifier systemd;  // of its own: nothing is shared with the service's
  std::mutex mutex_;
  std::function<void(const std::string&)> listener_;  // guarded
  std::string stuck_;
  Duration stuck_for_{};
  std::set<std::string> hanging_;
  Duration stopping_for_{};
  Duration joining_for_{};
  std::atomic<int> exit_code_{kNotStopped};
  std::jthread thread_;  // last: it ends before what it uses goes
};

}  // namespace rollcall::cli
