// Creates the tables, and migrates older versions of them to the current one.
//
// Threading: the thread of the connection.
// Ownership: borrows the connection for the call.
// Units:     versions are PRAGMA user_version; 0 is an empty file.
// Errors:    throws SQLite::Exception, as all of SQLiteCpp does; its callers in this folder catch
//            it.
// Cost:      nothing if the schema is current.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>

namespace rollcall::history {

inline constexpr int kSchemaVersion = 5;
inline constexpr int kSchemaWithLeftAt = 4;                 // target_states.left_at
inline constexpr int kSchemaWithSuspicions = 5;             // suspicions
inline constexpr std::int64_t kApplicationId = 0x726f6c6c;  // "roll", as PRAGMA application_id

// Each step is one transaction, so that a kill between steps leaves a complete older version.
// Requires: the file is empty, or its version is at most `target`.
void migrate(SQLite::Database& database, int target = kSchemaVersion);

}  // namespace rollcall::history
