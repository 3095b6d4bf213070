#include "engine/base/error.h"

#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace rollcall {

std::string errno_text(int sys_errno) {
  return std::generic_category().message(sys_errno);
}

std::string Error::to_string() const {
  return sys_errno == 0 ? context : context + ": " + errno_text(sys_errno);
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "rollcall: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace rollcall
