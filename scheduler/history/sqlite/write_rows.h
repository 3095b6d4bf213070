// The rows of a batch, as SQL. Every value is a bound parameter; texts are cut at their limits.
//
// Threading: the thread of the connection.
// Ownership: borrows both for the call.
// Units:     times in nanoseconds since the Unix epoch.
// Errors:    throws SQLite::Exception; the caller's transaction undoes all of it.
// Cost:      a few microseconds a row.
#pragma once

#include <SQLiteCpp/Database.h>

#include "scheduler/history/batch.h"

namespace rollcall::history {

// Requires: a transaction is open.
void write_rows(SQLite::Database& database, const Batch& batch);

// True where this very batch is already in the store; else notes that it is. Requires: as above.
bool seen_before(SQLite::Database& database, const BatchStamp& stamp);

}  // namespace rollcall::history
