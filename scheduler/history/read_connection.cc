#include "scheduler/history/read_connection.h"

#include <sys/stat.h>

namespace rollcall::history {
namespace {

constexpr int kBusyTimeoutMs = 1000;

std::pair<dev_t, ino_t> file_at(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace

SQLite::Database& ReadConnection::database() {
  const auto file = file_at(path_);
  if (!database_ || file != file_) {
    database_.reset();
    // Not OPEN_READONLY: reading beside a writer needs the shared index file, which this makes.
    auto opened = std::make_unique<SQLite::Database>(path_, SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    opened->exec("PRAGMA query_only = ON");
    database_ = std::move(opened);
    file_ = file;
  }
  return *database_;
}

}  // namespace rollcall::history
