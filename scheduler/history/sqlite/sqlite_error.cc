#include "scheduler/history/sqlite/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

namespace rollcall::history {
namespace {

std::string_view fix_for(int code) {
  switch (code) {
    case SQLITE_FULL:
      return "; free some space on that disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return "; the folder and all files in it must be writable for this user";
    case SQLITE_IOERR:
      return "; free some space on that disk, or look at it: `df`, `dmesg`";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program holds it: close it";
    case SQLITE_ERROR:
      return "; if the file was changed by hand, restore it, or move it away: a fresh one begins";
    case SQLITE_INTERRUPT:
      return ": it took too long; ask for a shorter time";
    default:
      return "";
  }
}

ErrorCode code_for(int code) {
  switch (code) {
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return ErrorCode::kPermission;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kInput;
    default:
      return ErrorCode::kSystem;
  }
}

// BufferedStore uses it to decide whether to keep the connection.
int errno_for(int code) {
  if (code == SQLITE_FULL) return ENOSPC;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED ? EBUSY : 0;
}

}  // namespace

Error to_error(const SQLite::Exception& exception, std::string_view what) {
  const int code = exception.getErrorCode() & 0xff;
  return Error{code_for(code), errno_for(code),
               fmt::format("{}: {}{}", what, exception.what(), fix_for(code))};
}

bool says_corrupt(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool says_readonly(const SQLite::Exception& exception) {
  return (exception.getErrorCode() & 0xff) == SQLITE_READONLY;
}

}  // namespace rollcall::history
