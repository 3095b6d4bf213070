#include "scheduler/history/sqlite/open_database.h"

#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "engine/base/resolved_path.h"
#include "scheduler/history/sqlite/schema.h"
#include "scheduler/history/sqlite/sqlite_error.h"

namespace rollcall::history {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMs = 2000;
// The owner may write; the group that an administrator gives the folder to may read.
constexpr mode_t kMode = S_IRUSR | S_IWUSR | S_IRGRP;
constexpr std::array<const char*, 3> kSuffixes{"-wal", "-shm", ""};

enum class Look { kEmpty, kOurs, kBroken };

// Looks at the file through a read-only connection, which changes no byte of it. Exception: SQLite
// must first roll back what a kill or an I/O error left incomplete, and needs write access for
// that.
Result<Look> look_at(const std::string& path, int flags = SQLite::OPEN_READONLY) {
  std::error_code unreadable;
  const auto bytes = fs::file_size(path, unreadable);
  if (unreadable == std::errc::no_such_file_or_directory || (!unreadable && bytes == 0)) {
    return Look::kEmpty;
  }
  try {
    SQLite::Database database(path, flags, kBusyTimeoutMs);
    const auto owner = database.execAndGet("PRAGMA application_id").getInt64();
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    const bool has_tables = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() > 0;
    if (!has_tables) return Look::kEmpty;
    if (owner != kApplicationId) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{} is the database of another program; move it away", path));
    }
    if (version > kSchemaVersion) {
      Error error = newer_schema(version);
      error.context = fmt::format("{}: {}", path, error.context);
      return std::unexpected(error);
    }
    return Look::kOurs;
  } catch (const SQLite::Exception& exception) {
    if (says_corrupt(exception)) return Look::kBroken;
    if (flags == SQLite::OPEN_READONLY && says_readonly(exception)) {
      return look_at(path, SQLite::OPEN_READWRITE);
    }
    return std::unexpected(to_error(exception, "cannot read " + path));
  }
}

// SQLite would create the file readable for all users, and its log with the file's mode; earlier
// versions did so. Best effort: if this fails, SQLite reports the cause better.
void keep_private(const std::string& path) {
  const Fd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  for (const char* suffix : kSuffixes) {
    // O_PATH, because closing any other descriptor would release the POSIX locks that readers in
    // this process hold on the file.
    const Fd fd(::open((path + suffix).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if ((status.st_mode & 07777 & ~kMode) == 0) continue;
    ::chmod(fmt::format("/proc/self/fd/{}", fd.get()).c_str(), status.st_mode & kMode);
  }
}

// Resolves the path of the file. Refuses a link that another user planted (ADR 39).
Result<std::string> real_path_in(const std::string& folder) {
  const std::string path = path_in(folder);
  auto place = resolve_path(path);
  if (place) return place->path;
  if (place.error().code == ErrorCode::kPermission) return std::unexpected(place.error());
  return path;  // a missing folder or a failing disk: SQLite reports it
}

// The new name of a corrupt file: one that does not exist yet.
std::string name_aside(const std::string& path, WallTime now) {
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  const std::string name = fmt::format("{}.corrupt-{:%Y%m%dT%H%M%SZ}", path,
                                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  std::string unused = name;
  for (int i = 2; fs::exists(fs::symlink_status(unused)); ++i)
    unused = fmt::format("{}-{}", name, i);
  return unused;
}

// Renames the write-ahead log too: it may contain data that an administrator can still recover.
Result<std::string> set_aside(const std::string& path, WallTime now) {
  std::string aside = name_aside(path, now);
  for (const char* suffix : kSuffixes) {
    std::error_code failed;
    fs::rename(path + suffix, aside + suffix, failed);
    if (failed && failed != std::errc::no_such_file_or_directory) {
      return fail(ErrorCode::kSystem, fmt::format("cannot rename {}{}", path, suffix),
                  failed.value());
    }
  }
  return aside;
}

void configure(SQLite::Database& database) {
  // auto_vacuum can only be set while the file has no page, and setting it always writes to the
  // file.
  if (database.execAndGet("PRAGMA page_count").getInt() == 0) {
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  }
  database.exec("PRAGMA journal_mode = WAL");
  // With WAL only FULL syncs each commit, so that it survives a power cut (ADR 11).
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA secure_delete = OFF");
  database.exec("PRAGMA journal_size_limit = 67108864");
}

std::unique_ptr<SQLite::Database> open_writable(const std::string& path) {
  auto database = std::make_unique<SQLite::Database>(
      path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  configure(*database);
  migrate(*database);
  return database;
}

bool is_whole(SQLite::Database& database) {
  return database.execAndGet("PRAGMA quick_check(1)").getString() == "ok";
}

}  // namespace

std::string path_in(const std::string& folder) {
  return (fs::path(folder) / kFileName).string();
}

Error newer_schema(int version) {
  return {ErrorCode::kUsage, 0,
          fmt::format("the history was written by a newer rollcall (schema {}, this one knows {}); "
                      "install that version, or give another state folder",
                      version, kSchemaVersion)};
}

Result<Fd> lock_folder(const std::string& folder) {
  const std::string path = (fs::path(folder) / "history.lock").string();
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) {
    return fail(ErrorCode::kPermission,
                fmt::format("cannot write {}: the state folder must exist and be writable", path),
                errno);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kUsage, fmt::format("another rollcall uses the state folder {}", folder),
                errno);
  }
  return fd;
}

Result<OpenedDatabase> open_database(const std::string& folder, WallTime now, Check check) {
  const auto real = real_path_in(folder);
  if (!real) return std::unexpected(real.error());
  const std::string& path = *real;
  keep_private(path);
  const auto look = look_at(path);
  if (!look) return std::unexpected(look.error());
  if (*look == Look::kBroken) return replace_database(folder, now);
  try {
    auto database = open_writable(path);
    if (check == Check::kNone || is_whole(*database))
      return OpenedDatabase{std::move(database), *look == Look::kEmpty, ""};
  } catch (const SQLite::Exception& exception) {
    if (!says_corrupt(exception))
      return std::unexpected(to_error(exception, "cannot open " + path));
  }
  return replace_database(folder, now);
}

Result<OpenedDatabase> replace_database(const std::string& folder, WallTime now) {
  const auto real = real_path_in(folder);
  if (!real) return std::unexpected(real.error());
  const std::string& path = *real;
  auto aside = set_aside(path, now);
  if (!aside) return std::unexpected(aside.error());
  keep_private(path);
  return guarded("cannot begin " + path,
                 [&] { return OpenedDatabase{open_writable(path), true, *std::move(aside)}; });
}

}  // namespace rollcall::history
