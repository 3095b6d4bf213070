// Sets a flag on Ctrl-C, SIGTERM or a lost terminal (SIGHUP); loops check the flag.
//
// Threading: requested() from any thread.
// Ownership: installs process-wide handlers for its lifetime, then restores the former ones. A
//            second Ctrl-C ends the process at once, as users expect.
// Cost:      one relaxed load.
#pragma once

#include <signal.h>

namespace rollcall::cli {

class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested() noexcept;

 private:
  struct sigaction former_int_{};
  struct sigaction former_term_{};
  struct sigaction former_hup_{};
};

}  // namespace rollcall::cli
