// SystemdNotifier sends the service's state to systemd; ServiceSignals receives the operator's
// signals.
//
// Threading: one thread; signals may arrive on any thread.
// Ownership: ServiceSignals installs process-wide handlers for its lifetime.
// Units:     microseconds in systemd's environment.
// Errors:    without systemd, calls do nothing.
// Cost:      one datagram per call, which waits at most 0.2 s; at most one WATCHDOG=1 per third of
//            its interval.
#pragma once

#include <signal.h>

#include <string>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace rollcall::cli {

class SystemdNotifier {
 public:
  SystemdNotifier();

  void ready(const std::string& status) const;
  void reloading() const;  // ready() ends it
  void stopping() const;
  void status(const std::string& status);
  // Requires: every thread has made progress.
  void feed_watchdog(TimePoint now);

 private:
  void tell(const std::string& state) const;

  std::string path_;  // $NOTIFY_SOCKET; "": send nothing
  Fd socket_;
  std::string status_;
  Duration watchdog_pause_{};  // zero: systemd has no watchdog for us
  TimePoint next_feed_{};
};

// SIGTERM and SIGINT end the service, SIGHUP reloads, SIGPIPE is ignored.
class ServiceSignals {
 public:
  ServiceSignals();
  ~ServiceSignals();
  ServiceSignals(const ServiceSignals&) = delete;
  ServiceSignals& operator=(const ServiceSignals&) = delete;

  static bool stop_requested() noexcept;
  static bool take_reload() noexcept;  // true once per SIGHUP

 private:
  struct sigaction former_term_{};
  struct sigaction former_int_{};
  struct sigaction former_hup_{};
  struct sigaction former_pipe_{};
};

}  // namespace rollcall::cli
