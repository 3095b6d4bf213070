// Opens the database file of a state folder, or begins a fresh one.
//
// A file that is broken is renamed to history.db.corrupt-TIME and kept; one that a newer version
// wrote, or that is somebody else's, is refused and not touched. The files are the owner's and, to
// read, the group's (0640), whatever the umask grants beside; older ones are made so.
//
// Threading: one thread.
// Ownership: the caller owns the connection; the folder must exist.
// Units:     none.
// Errors:    kUsage: in use, newer or foreign: trying again will not help. kPermission: a link of
//            another user's. Else as SQLite says.
// Cost:      reads the whole file once where `check` is asked for.
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
  std::string set_aside;  // the name that a broken file got; "": none was
};

std::string path_in(const std::string& folder);

// Only one program may write to a folder. Held as long as the descriptor.
Result<Fd> lock_folder(const std::string& folder);

enum class Check : std::uint8_t {
  kWhole,  // every page, before anything is made of the file: at a start
  kNone,   // while a watch runs it must not wait for that; a broken page shows when it is used
};

// Requires: the folder is locked.
Result<OpenedDatabase> open_database(const std::string& folder, WallTime now,
                                     Check check = Check::kWhole);

// kUsage: a newer version wrote the file.
Error newer_schema(int version);

// As open_database(), where the file is known to be broken and is closed.
Result<OpenedDatabase> replace_database(const std::string& folder, WallTime now);

}  // namespace rollcall::history
