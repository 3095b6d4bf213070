// The error value of all code outside the hot path, and the check macros for internal invariants.
//
// Threading: value type.
// Units:     sys_errno as of errno(3), 0 when no system call was involved.
// Errors:    `context` says what failed, where, and the fix.
// Cost:      allocates; for set-up and control only. Hot paths use short counts and counters.
#pragma once

#include <expected>
#include <string>

namespace rollcall {

enum class ErrorCode {
  kUsage,       // the command line or configuration asks for something impossible
  kInput,       // a file or other input from outside is malformed
  kPermission,  // the kernel forbids it; the context says which permission to grant
  kPath,        // no interface, route, next hop or source address leads there
  kNoRoute,     // no target has a route, or its gateway or link is down: it may recover by itself
  kSystem,      // any other failed system call
};

struct Error {
  ErrorCode code = ErrorCode::kSystem;
  int sys_errno = 0;
  std::string context;

  // The context and, when there is one, the errno's text.
  std::string to_string() const;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string context, int sys_errno = 0) {
  return std::unexpected(Error{code, sys_errno, std::move(context)});
}

// The text of an errno value; thread-safe.
std::string errno_text(int sys_errno);

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace rollcall

// For internal invariants, never for outside input. CHECK always; DCHECK in debug builds only.
#define ROLLCALL_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::rollcall::check_failed(#condition, __FILE__, __LINE__))
#ifdef NDEBUG
#define ROLLCALL_DCHECK(condition) static_cast<void>(0)
#else
#define ROLLCALL_DCHECK(condition) ROLLCALL_CHECK(condition)
#endif
