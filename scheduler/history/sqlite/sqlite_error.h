// Converts SQLite exceptions to error values.
//
// Threading: pure.
// Errors:    say which store failed, what SQLite said, and the fix.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string_view>
#include <type_traits>

#include "engine/base/error.h"

namespace rollcall::history {

// `what` names the failed operation and the file.
Error to_error(const SQLite::Exception& exception, std::string_view what);

// True if the file is corrupt, or is no database at all.
bool says_corrupt(const SQLite::Exception& exception);

// True if SQLite would have had to write, but may only read.
bool says_readonly(const SQLite::Exception& exception);

// Runs `work`, and returns a SQLite::Exception that it throws as an error value.
template <typename Work>
auto guarded(std::string_view what, Work&& work) -> Result<std::invoke_result_t<Work>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error(exception, what));
  }
}

}  // namespace rollcall::history
