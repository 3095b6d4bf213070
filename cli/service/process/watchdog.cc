#include "cli/service/process/watchdog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <utility>
#include <vector>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookPause = 250ms;
// A check later than this means that the watchdog itself, or the whole process, was stopped.
constexpr Duration kLookMax = 500ms;
constexpr auto kLastLog = 300ms;

}  // namespace

Watchdog::Watchdog(ThreadRegistry& threads, const Log& log, WatchdogOptions options)
    : threads_(threads), log_(log), options_(std::move(options)) {
  if (!options_.end_process) options_.end_process = [](int code) { ::_exit(code); };
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Watchdog::on_stuck(std::function<void(const std::string&)> listener) {
  const std::scoped_lock lock(mutex_);
  listener_ = std::move(listener);
}

void Watchdog::run(const std::stop_token& stop) {
  ::prctl(PR_SET_NAME, "rc-watchdog");
  const SystemClock clock;
  std::condition_variable_any never;
  std::mutex mutex;
  TimePoint last = clock.now();
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kLookPause, [] { return false; });
    const TimePoint now = clock.now();
    look(std::clamp<Duration>(now - std::exchange(last, now), 0ms, kLookMax));
    if (stuck_.empty()) systemd.feed_watchdog(now);
  }
}

void Watchdog::look(Duration elapsed) {
  const auto silent = threads_.look(elapsed, std::min(options_.stuck_after, options_.named_after));
  std::vector<std::string> stuck;
  for (const StuckThread& thread : silent) {
    if (thread.waits_for.empty() && thread.silent >= options_.stuck_after) {
      stuck.push_back(thread.name);
    }
  }
  note_stuck(fmt::format("{}", fmt::join(stuck, ", ")));
  name_hanging(silent);
  threads_.publish(stuck_, {hanging_.begin(), hanging_.end()});
  if (ServiceSignals::stop_requested() || exit_code_ != kNotStopped) return watch_the_end(elapsed);
  stuck_for_ = stuck_.empty() ? Duration{} : stuck_for_ + elapsed;
  if (stuck_for_ >= options_.end_after) end(kExitStuck);
}

void Watchdog::note_stuck(const std::string& names) {
  if (std::exchange(stuck_, names) == names) return;
  if (names.empty()) {
    log_.warning("every thread goes on again");
  } else {
    log_.error("a thread makes no progress: the process will end, to be restarted",
               {{"threads", names}});
  }
  const std::scoped_lock lock(mutex_);
  if (listener_) listener_(names);
}

void Watchdog::name_hanging(const std::vector<StuckThread>& silent) {
  std::set<std::string> hanging;
  for (const StuckThread& thread : silent) {
    if (thread.waits_for.empty() || thread.silent < options_.named_after) continue;
    hanging.insert(thread.waits_for);
  }
  for (const std::string& what : hanging) {
    if (!hanging_.contains(what)) log_.error("something does not return", {{"what", what}});
  }
  for (const std::string& what : hanging_) {
    if (!hanging.contains(what)) log_.info("it has returned", {{"what", what}});
  }
  if (log_.is_unread()) hanging.insert("a write of the log to standard error");
  hanging_ = std::move(hanging);
}

void Watchdog::watch_the_end(Duration elapsed) {
  stopping_for_ += elapsed;
  if (const int code = exit_code_; code != kNotStopped) {
    joining_for_ += elapsed;
    if (joining_for_ >= options_.join_patience) {
      log_.warning("a thread does not end: the process ends without it");
      end(code);
    }
  } else if (stopping_for_ >= options_.stop_patience) {
    log_.error("the service does not end by itself: it is ended");
    end(kExitStuck);
  }
}

void Watchdog::end(int code) {
  log_.flush(kLastLog);
  options_.end_process(code);
}

}  // namespace rollcall::cli
