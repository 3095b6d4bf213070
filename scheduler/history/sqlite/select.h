// Reads all rows, or one page of rows, from a statement.
//
// Threading: the thread of the connection.
// Ownership: results own everything.
// Units:     as page.h.
// Errors:    throws SQLite::Exception, and what the caller's `read` throws.
// Cost:      as the statement; a page reads one row more than it returns.
#pragma once

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/history/page.h"
#include "scheduler/history/sqlite/row.h"
#include "scheduler/history/sqlite/sqlite_error.h"

namespace rollcall::history {

// Reads all rows of a statement with `read`, which gets a Row at the first column.
template <typename Read>
auto all(SQLite::Statement& statement, const Read& read) {
  std::vector<decltype(read(std::declval<Row&>()))> rows;
  while (statement.executeStep()) {
    Row row(statement);
    rows.push_back(read(row));
  }
  return rows;
}

// Rows that could not be read.
struct LostRows {
  std::size_t rows = 0;
  std::string why;  // reason for the first

  void add(const std::exception& exception) {
    if (rows++ == 0) why = exception.what();
  }
};

// As all(), but skips an unreadable row. At a corrupt page it stops, and keeps the rows read so
// far.
template <typename Read>
auto all_readable(SQLite::Statement& statement, const Read& read, LostRows& lost) {
  std::vector<decltype(read(std::declval<Row&>()))> rows;
  try {
    while (statement.executeStep()) {
      try {
        Row row(statement);
        rows.push_back(read(row));
      } catch (const SQLite::Exception&) {
        throw;
      } catch (const std::exception& exception) {  // UnreadableRow, and nlohmann's
        lost.add(exception);
      }
    }
  } catch (const SQLite::Exception& exception) {
    if (!says_corrupt(exception)) throw;
    lost.add(exception);
  }
  return rows;
}

struct PageQuery {
  const char* columns;  // after (time, id)
  const char* table;
  const char* time = "at";
  const char* where = "1";       // has one parameter if a key is given
  const char* from = "at >= ?";  // the start of the range
};

// Reads one page of a table, ordered by (time, id), newest first.
// Requires: an index on its time column.
template <typename Read, typename... Key>
auto page(SQLite::Database& database, const PageQuery& query, const PageRequest& request,
          const Read& read, const Key&... key) {
  SQLite::Statement statement(
      database, fmt::format("SELECT {0}, id, {1} FROM {2} WHERE {3} AND {4} AND {0} < ? AND "
                            "({0}, id) < (?, ?) ORDER BY {0} DESC, id DESC LIMIT ?",
                            query.time, query.columns, query.table, query.where, query.from));
  const auto rows_max = std::clamp<std::uint32_t>(request.rows, 1, kPageRowsMax);
  int index = 0;
  (statement.bind(++index, key), ...);
  for (const std::int64_t value :
       {to_column(request.range.from), to_column(request.range.to), request.after.at,
        request.after.id, std::int64_t{rows_max} + 1}) {
    statement.bind(++index, value);
  }

  Page<decltype(read(WallTime{}, std::declval<Row&>()))> result;
  Cursor last;
  while (statement.executeStep()) {
    if (result.rows.size() == rows_max) {  // one row more than requested: there is a next page
      result.next = last;
      break;
    }
    Row row(statement);
    last.at = row.integer();
    last.id = row.integer();
    result.rows.push_back(read(WallTime(Duration(last.at)), row));
  }
  return result;
}

}  // namespace rollcall::history
