#include "scheduler/history/sqlite/read_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace rollcall::history {
namespace {

constexpr int kBusyTimeoutMs = 1000;
constexpr int kStepsBetweenLooks = 1000;  // steps of SQLite's virtual machine: about 20 us

// Writes a path as a URI: sqlite.org/uri.html.
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02x}", c) : std::string(1, c);
  }
  return uri + "?immutable=1";
}

// A failed attempt to open the file on a full disk may leave an empty log.
bool log_is_empty(const std::string& path) {
  struct stat status{};
  return ::stat((path + "-wal").c_str(), &status) != 0 || status.st_size == 0;
}

std::unique_ptr<SQLite::Database> open_beside_a_writer(const std::string& path) {
  // Not OPEN_READONLY: a reader beside a writer needs the shared index file, and this may create
  // it.
  auto opened = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE, kBusyTimeoutMs);
  opened->exec("PRAGMA query_only = ON");
  (void)opened->execAndGet("PRAGMA schema_version");  // SQLite opens the file only now
  return opened;
}

// True if the error may mean that a full or read-only disk has no room for the index file.
bool may_lack_room(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  return code == SQLITE_CANTOPEN || code == SQLITE_FULL || code == SQLITE_IOERR ||
         code == SQLITE_READONLY;
}

}  // namespace

ReadDeadline::ReadDeadline(SQLite::Database& database, Duration patience)
    : handle_(database.getHandle()), until_(std::chrono::steady_clock::now() + patience) {
  const auto is_over = [](void* self) -> int {
    return std::chrono::steady_clock::now() > static_cast<ReadDeadline*>(self)->until_;
  };
  sqlite3_progress_handler(handle_, kStepsBetweenLooks, is_over, this);
}

ReadDeadline::~ReadDeadline() {
  sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
}

SQLite::Database& ReadConnection::database() {
  const auto file = file_at(path_);
  if (database_ && file == file_) return *database_;
  database_.reset();
  try {
    database_ = open_beside_a_writer(path_);
    file_ = file;
  } catch (const SQLite::Exception& exception) {
    // Without a write-ahead log the file is complete. If no index file can be created, no process
    // writes to it. Both may change later, so this connection serves one call.
    const bool is_settled = log_is_empty(path_);
    if (!may_lack_room(exception) || !is_settled) throw;
    database_ =
        std::make_unique<SQLite::Database>(uri_of(path_), SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    file_ = {};  // forces a new connection at the next call
  }
  return *database_;
}

}  // namespace rollcall::history
