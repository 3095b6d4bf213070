// A read-only connection to the store's current file.
//
// Threading: one thread.
// Ownership: owns the connection, and reconnects if the store has created a new file.
// Errors:    values: no file yet, unreadable rows, I/O, a read that took longer than `patience`.
// Cost:      one stat(2) a call.
#pragma once

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "scheduler/history/sqlite/file_id.h"
#include "scheduler/history/sqlite/sqlite_error.h"

namespace rollcall::history {

// While it exists, it aborts statements of the connection that run longer than `patience`.
class ReadDeadline {
 public:
  ReadDeadline(SQLite::Database& database, Duration patience);
  ~ReadDeadline();
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

 private:
  sqlite3* handle_;
  std::chrono::steady_clock::time_point until_;
};

class ReadConnection {
 public:
  // `patience` limits one read(); nullopt: no limit.
  explicit ReadConnection(std::string path, std::optional<Duration> patience = std::nullopt)
      : path_(std::move(path)), patience_(patience) {}

  // Returns the result of `work`, which may throw SQLite::Exception, UnreadableRow and nlohmann's
  // exceptions.
  template <typename Work>
  auto read(const Work& work) -> Result<decltype(work(std::declval<SQLite::Database&>()))> {
    try {
      SQLite::Database& opened = database();
      std::optional<ReadDeadline> deadline;
      if (patience_) deadline.emplace(opened, *patience_);
      return work(opened);
    } catch (const SQLite::Exception& exception) {
      return std::unexpected(to_error(exception, "cannot read " + path_));
    } catch (const std::exception& exception) {
      return fail(ErrorCode::kInput,
                  fmt::format("unreadable row in {}: {}", path_, exception.what()));
    }
  }

 private:
  SQLite::Database& database();

  std::string path_;
  std::optional<Duration> patience_;
  std::unique_ptr<SQLite::Database> database_;
  FileId file_{};  // the file that database_ has open
};

}  // namespace rollcall::history
