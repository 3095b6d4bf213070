#include "scheduler/history/sqlite/prune.h"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scheduler/history/sqlite/row.h"

namespace rollcall::history {
namespace {

struct Prunable {
  const char* table;
  const char* time;  // the column with the row's time
  const char* only;  // condition for rows that may be deleted
};

// An open incident keeps its events: they show whether it was announced.
constexpr const char* kNotOfOpenIncident =
    "NOT EXISTS (SELECT 1 FROM incidents i WHERE i.name = incident AND i.ended_at IS NULL)";

constexpr std::array kPrunable{
    Prunable{"transitions", "at", "1"},
    Prunable{"sweeps", "at", "1"},
    Prunable{"rollups", "at", "1"},
    Prunable{"outbox", "settled_at", "settled_at IS NOT NULL"},
    Prunable{"incident_events", "at", kNotOfOpenIncident},
    Prunable{"incidents", "ended_at", "ended_at IS NOT NULL"},
    Prunable{"verifications", "at", "1"},
    Prunable{"silences", "ends_at", "1"},
};

std::uint64_t bytes_in_use(SQLite::Database& database) {
  const auto pragma = [&](const char* name) {
    return static_cast<std::uint64_t>(
        database.execAndGet(std::string("PRAGMA ") + name).getInt64());
  };
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

// Deletes rows of all tables that are older than `before`, at most `rows_max`.
std::uint64_t delete_older(SQLite::Database& database, WallTime before, std::uint64_t rows_max) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  std::uint64_t rows = 0;
  for (const auto& [table, time, only] : kPrunable) {
    Insert statement(database, fmt::format("DELETE FROM {0} WHERE rowid IN (SELECT rowid FROM {0} "
                                           "WHERE {1} < ? AND {2} ORDER BY {1} LIMIT ?)",
                                           table, time, only)
                                   .c_str());
    rows += static_cast<std::uint64_t>(statement.put(before, rows_max - rows));
  }
  transaction.commit();
  return rows;
}

std::optional<WallTime> oldest(SQLite::Database& database, WallTime now) {
  std::int64_t found = to_column(now);
  for (const auto& [table, time, only] : kPrunable) {
    SQLite::Statement statement(
        database,
        fmt::format("SELECT {1} FROM {0} WHERE {1} IS NOT NULL AND {2} ORDER BY {1} LIMIT 1", table,
                    time, only));
    if (statement.executeStep()) found = std::min(found, statement.getColumn(0).getInt64());
  }
  if (found == to_column(now)) return std::nullopt;
  return WallTime(Duration(found));
}

}  // namespace

PruneReport prune(SQLite::Database& database, const Retention& retention, WallTime now) {
  PruneReport report;
  report.rows = delete_older(database, now - retention.age_max, retention.rows_per_call);
  report.bytes = bytes_in_use(database);
  if (report.bytes > retention.bytes_max && report.rows < retention.rows_per_call) {
    if (const auto first = oldest(database, now)) {
      const WallTime before = std::min(*first + std::chrono::days(1), now);
      report.rows += delete_older(database, before, retention.rows_per_call - report.rows);
    }
  }
  report.bytes = bytes_in_use(database);
  report.more = report.rows > 0 &&
                (report.rows >= retention.rows_per_call || report.bytes > retention.bytes_max);
  // Returns up to 1000 free pages to the file system.
  database.exec("PRAGMA incremental_vacuum(1000)");
  return report;
}

}  // namespace rollcall::history
