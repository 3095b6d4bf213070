// Where SQLite's exceptions end: they become values here.
//
// Threading: pure.
// Ownership: none.
// Units:     none.
// Errors:    this makes them: which store, what SQLite said, and the mend.
// Cost:      for failures only.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string_view>
#include <type_traits>

#include "engine/base/error.h"

namespace rollcall::history {

// `what` is what could not be done, with the file's name.
Error to_error(const SQLite::Exception& exception, std::string_view what);

// The file's contents are broken, or no database at all.
bool says_corrupt(const SQLite::Exception& exception);

// It would have had to write.
bool says_readonly(const SQLite::Exception& exception);

// Runs what may throw SQLite::Exception.
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
