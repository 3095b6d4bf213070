// Writes the rows of a batch with SQL. Every value is a bound parameter; texts are cut at their
// limits.
//
// Threading: the thread of the connection.
// Ownership: borrows both for the call.
// Units:     times in nanoseconds since the Unix epoch.
// Errors:    throws SQLite::Exception; the caller rolls the transaction back.
// Cost:      a few microseconds a row.
#pragma once

#include <SQLiteCpp/Database.h>

#include "scheduler/history/batch.h"

namespace rollcall::history {

// Requires: a transaction is open.
void write_rows(SQLite::Database& database, const Batch& batch);

// Returns true if the store already contains this batch; otherwise records its stamp.
// Requires: a transaction is open.
bool seen_before(SQLite::Database& database, const BatchStamp& stamp);

}  // namespace rollcall::history
