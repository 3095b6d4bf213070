#include "cli/service/process/systemd_notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "engine/base/text/printable.h"

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

// Called at start, before any thread exists.
std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

// libsystemd's sd_notify() blocks while systemd does not read its socket, which would stop the
// watch.
Fd socket_with_limit() {
  constexpr timeval kLimit{.tv_sec = 0, .tv_usec = 200'000};
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kLimit, sizeof kLimit);
  return fd;
}

// In microseconds; 0: no watchdog, or it is for another process.
std::uint64_t watchdog_us() {
  const std::string process = variable("WATCHDOG_PID");
  if (!process.empty() && process != std::to_string(::getpid())) return 0;
  return std::strtoull(variable("WATCHDOG_USEC").c_str(), nullptr, 10);
}

// sd_notify(3): Type=notify-reload needs the time; other types ignore it.
std::uint64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

SystemdNotifier::SystemdNotifier() : path_(variable("NOTIFY_SOCKET")) {
  if (!path_.empty()) socket_ = socket_with_limit();
  // At most an hour, so that the value does not overflow.
  watchdog_pause_ =
      std::chrono::microseconds(std::min<std::uint64_t>(watchdog_us(), 3'600'000'000)) / 3;
}

void SystemdNotifier::tell(const std::string& state) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (!socket_ || path_.size() >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, path_.data(), path_.size());
  if (path_.front() == '@') to.sun_path[0] = '\0';  // an abstract name: unix(7)
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  (void)::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to), length);
}

void SystemdNotifier::ready(const std::string& status) const {
  tell(fmt::format("READY=1\nSTATUS={}", printable(status)));
}

void SystemdNotifier::reloading() const {
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us()));
}

void SystemdNotifier::stopping() const {
  tell("STOPPING=1");
}

void SystemdNotifier::status(const std::string& status) {
  if (std::exchange(status_, status) == status) return;
  tell(fmt::format("STATUS={}", printable(status)));
}

void SystemdNotifier::feed_watchdog(TimePoint now) {
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
