// A connection that only reads, to whatever file is the store's now.
//
// Threading: one thread.
// Ownership: owns the connection, and makes it anew where the store has begun a fresh file.
// Units:     none.
// Errors:    values: no file yet, rows that make no sense, I/O.
// Cost:      one stat(2) a call.
#pragma once

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "scheduler/history/sqlite_error.h"

namespace rollcall::history {

class ReadConnection {
 public:
  explicit ReadConnection(std::string path) : path_(std::move(path)) {}

  // What `work` reads; it may throw SQLite::Exception, UnreadableRow and nlohmann's exceptions.
  template <typename Work>
  auto read(const Work& work) -> Result<decltype(work(std::declval<SQLite::Database&>()))> {
    try {
      return work(database());
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
  std::unique_ptr<SQLite::Database> database_;
  std::pair<dev_t, ino_t> file_{};  // that database_ has open
};

}  // namespace rollcall::history
