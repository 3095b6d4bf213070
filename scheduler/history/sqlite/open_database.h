// Opens the database file of a state folder, or creates a new one.
//
// A corrupt file is renamed to history.db.corrupt-TIME and kept. A file that a newer version or
// another program wrote is refused and not changed. The owner may read and write the files, the
// group may read them. They are at most 0640, whatever the umask allows; older files lose broader
// rights.
//
// Threading: one thread.
// Ownership: the caller owns the connection; the folder must exist.
// Errors:    kUsage: the file is in use, newer or foreign: a retry will not help. kPermission: a
//            link that another user owns. Otherwise as SQLite says.
// Cost:      reads the whole file once if `check` is kWhole.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::history {

inline constexpr const char* kFileName = "history.db";

struct OpenedDatabase {
  std::unique_ptr<SQLite::Database> database;
  bool fresh = false;
  std::string set_aside;  // the name that a corrupt file got; "": there was none
};

std::string path_in(const std::string& folder);

// Locks the folder: only one program may write to it. The lock lasts as long as the descriptor.
Result<Fd> lock_folder(const std::string& folder);

enum class Check : std::uint8_t {
  kWhole,  // check every page first: at a start
  kNone,   // while a watch runs it must not wait; a corrupt page shows when it is read
};

// Requires: the folder is locked.
Result<OpenedDatabase> open_database(const std::string& folder, WallTime now,
                                     Check check = Check::kWhole);

// kUsage: a newer version wrote the file.
Error newer_schema(int version);

// Renames a file that is known to be corrupt, and creates a new one.
// Requires: the folder is locked, and the file is closed.
Result<OpenedDatabase> replace_database(const std::string& folder, WallTime now);

}  // namespace rollcall::history
