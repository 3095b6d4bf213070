// Prints messages for the operator on standard error and never throws.
//
// fmt::print throws when it cannot write. cron, systemd or a lost terminal may have closed standard
// error, and that must not end a sweep.
//
// Threading: any thread.
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
