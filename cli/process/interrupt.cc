#include "cli/process/interrupt.h"

#include <atomic>

namespace rollcall::cli {
namespace {

std::atomic<bool> interrupt_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "written by a signal handler");

void on_signal(int) {
  interrupt_requested.store(true, std::memory_order_relaxed);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_requested.store(false, std::memory_order_relaxed);
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second signal ends the process
  sigaction(SIGINT, &action, &former_int_);
  sigaction(SIGTERM, &action, &former_term_);
  sigaction(SIGHUP, &action, &former_hup_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &former_int_, nullptr);
  sigaction(SIGTERM, &former_term_, nullptr);
  sigaction(SIGHUP, &former_hup_, nullptr);
}

bool InterruptGuard::requested() noexcept {
  return interrupt_requested.load(std::memory_order_relaxed);
}

}  // namespace rollcall::cli
