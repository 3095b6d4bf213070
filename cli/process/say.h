// Lines for people, on standard error: never an exception, whatever standard error is.
//
// fmt::print throws when it cannot write, and cron, systemd or a lost terminal may have closed
// standard error; that must not end a sweep.
//
// Threading: any.  Ownership: none.  Units: none.  Errors: none.  Cost: one write.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace rollcall::cli {

inline void say_raw(const std::string& text) {
  (void)!std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_raw(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace rollcall::cli
