#include "cli/watch/supervisor.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <atomic>
#include <ctime>

#include "cli/printable.h"

namespace rollcall::cli {
namespace {

std::atomic<bool> stop_asked{false};
std::atomic<bool> reload_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "written by a signal handler");

void on_stop(int) {
  stop_asked.store(true, std::memory_order_relaxed);
}
void on_reload(int) {
  reload_asked.store(true, std::memory_order_relaxed);
}

struct sigaction handled_by(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return action;
}

void tell(const std::string& state) {
  (void)sd_notify(0, state.c_str());
}

// sd_notify(3): for Type=notify-reload the time is needed, for others it does no harm.
std::uint64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

Supervisor::Supervisor() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) {
    watchdog_pause_ =
        std::chrono::microseconds(std::min<std::uint64_t>(microseconds, 1U << 31)) / 3;
  }
}

void Supervisor::ready(const std::string& status) const {
  tell(fmt::format("READY=1\nSTATUS={}", printable(status)));
}

void Supervisor::reloading() const {
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us()));
}

void Supervisor::stopping() const {
  tell("STOPPING=1");
}

void Supervisor::status(const std::string& status) const {
  tell(fmt::format("STATUS={}", printable(status)));
}

void Supervisor::feed_watchdog(TimePoint now) {
  if (watchdog_pause_ == Duration{} || now < next_feed_) return;
  next_feed_ = now + watchdog_pause_;
  tell("WATCHDOG=1");
}

ServiceSignals::ServiceSignals() {
  stop_asked.store(false);
  reload_asked.store(false);
  const auto stop = handled_by(on_stop);
  const auto reload = handled_by(on_reload);
  const auto ignore = handled_by(SIG_IGN);
  sigaction(SIGTERM, &stop, &former_term_);
  sigaction(SIGINT, &stop, &former_int_);
  sigaction(SIGHUP, &reload, &former_hup_);
  sigaction(SIGPIPE, &ignore, &former_pipe_);
}

ServiceSignals::~ServiceSignals() {
  sigaction(SIGTERM, &former_term_, nullptr);
  sigaction(SIGINT, &former_int_, nullptr);
  sigaction(SIGHUP, &former_hup_, nullptr);
  sigaction(SIGPIPE, &former_pipe_, nullptr);
}

bool ServiceSignals::stop_requested() noexcept {
  return stop_asked.load(std::memory_order_relaxed);
}

bool ServiceSignals::take_reload() noexcept {
  return reload_asked.exchange(false, std::memory_order_relaxed);
}

}  // namespace rollcall::cli
