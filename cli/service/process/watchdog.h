// Watchdog checks the progress of all threads, and ends the process by force if one is stuck.
//
//   ThreadRegistry ──> all threads progress ───────────> WATCHDOG=1 to systemd
//                  └─> one is stuck for stuck_after ──> log, not ready, no heartbeat, no WATCHDOG=1
//                      and end_after later ───────────> _exit(kExitStuck): systemd restarts it
//   SIGTERM ──> the service ends by itself ──> _exit() after stop_patience, or join_patience after
//                                              it has written and sent what it could
//
// A thread that waits for a file or a peer (SlowOperation) does not cause a restart, because the
// new process would wait for the same. The log names it after named_after.
//
// Threading: its own thread, which uses nothing that another thread may hold for long.
// Ownership: registry and log outlive it.
// Units:     time during which the watchdog itself ran: a process that was stopped as a whole is
//            not stuck.
// Cost:      four checks a second.
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

// EX_SOFTWARE of sysexits.h. No command of rollcall uses this exit code.
inline constexpr int kExitStuck = 70;

struct WatchdogOptions {
  Duration stuck_after = std::chrono::seconds(12);
  Duration end_after = std::chrono::seconds(4);  // time for the log
  Duration named_after = std::chrono::seconds(30);
  Duration stop_patience = std::chrono::seconds(9);
  Duration join_patience = std::chrono::milliseconds(1500);
  std::function<void(int)> end_process;  // empty: _exit()
};

class Watchdog {
 public:
  Watchdog(ThreadRegistry& threads, const Log& log, WatchdogOptions options = {});

  // Called on the watchdog's thread when a thread becomes stuck or recovers; must not block.
  void on_stuck(std::function<void(const std::string& names)> listener);

  // The service has written and sent what it could, and only joins threads now. If that takes too
  // long, the process ends with this code.
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
  SystemdNotifier systemd;  // its own: shares nothing with the service's
  std::mutex mutex_;
  std::function<void(const std::string&)> listener_;  // guarded
  std::string stuck_;
  Duration stuck_for_{};
  std::set<std::string> hanging_;
  Duration stopping_for_{};
  Duration joining_for_{};
  std::atomic<int> exit_code_{kNotStopped};
  std::jthread thread_;  // last: the thread must end before what it uses
};

}  // namespace rollcall::cli
