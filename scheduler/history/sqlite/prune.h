// Deletes rows that are too old or too many, a bounded number a call.
//
// Threading: the thread of the connection.
// Ownership: borrows the connection for the call.
// Units:     bytes of pages in use; rows.
// Errors:    throws SQLite::Exception.
// Cost:      at most two transactions, together of at most rows_per_call deletions.
#pragma once

#include <SQLiteCpp/Database.h>

#include "scheduler/history/store.h"

namespace rollcall::history {

PruneReport prune(SQLite::Database& database, const Retention& retention, WallTime now);

}  // namespace rollcall::history
