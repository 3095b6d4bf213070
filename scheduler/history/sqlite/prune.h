// Lets go of what is too old or too much, a bounded piece at a time.
//
// Threading: the thread of the connection.
// Ownership: borrows the connection for the call.
// Units:     bytes of pages in use; rows.
// Errors:    throws SQLite::Exception.
// Cost:      one transaction of at most rows_per_call deletions.
#pragma once

#include <SQLiteCpp/Database.h>

#include "scheduler/history/store.h"

namespace rollcall::history {

PruneReport prune(SQLite::Database& database, const Retention& retention, WallTime now);

}  // namespace rollcall::history
