#include "scheduler/history/sqlite_store.h"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <cerrno>

#include "scheduler/history/sqlite/prune.h"
#include "scheduler/history/sqlite/sqlite_error.h"
#include "scheduler/history/sqlite/write_rows.h"

namespace rollcall::history {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(std::string folder, const Clock& clock,
                                                       Check check) {
  auto lock = lock_folder(folder);
  if (!lock) return std::unexpected(lock.error());
  auto opened = open_database(folder, clock.wall(), check);
  if (!opened) return std::unexpected(opened.error());
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(folder), clock, *std::move(lock)));
  store->adopt(*std::move(opened));
  return store;
}

void SqliteStore::adopt(OpenedDatabase opened) {
  database_ = std::move(opened.database);
  file_ = file_at(path_in(folder_));
  wants_everything_ = opened.fresh;
  if (opened.set_aside.empty()) return;
  messages_.push_back(
      fmt::format("the history in {} was broken; it is kept as {}, and a fresh one begins", folder_,
                  opened.set_aside));
}

template <typename Work>
auto SqliteStore::on_sound_file(std::string_view what, const Work& work)
    -> Result<decltype(work())> {
  for (int attempt = 0;; ++attempt) {
    try {
      if (database_) {
        if constexpr (!std::is_void_v<decltype(work())>) return work();
        work();
        return {};
      }
    } catch (const SQLite::Exception& exception) {
      if (!says_corrupt(exception) || attempt > 0) {
        return std::unexpected(to_error(exception, fmt::format("{} in {}", what, folder_)));
      }
    }
    database_.reset();
    auto opened = replace_database(folder_, clock_.wall());
    if (!opened) return std::unexpected(opened.error());
    adopt(*std::move(opened));
  }
}

// The next start would not find rows in a file that is elsewhere now.
Result<void> SqliteStore::check_file() const {
  if (!database_ || file_at(path_in(folder_)) == file_) return {};
  return fail(
      ErrorCode::kSystem,
      fmt::format("{} is not the file that was opened: it was moved, or another file system "
                  "was mounted over it; the one in its place is opened",
                  path_in(folder_)),
      ESTALE);
}

Result<void> SqliteStore::commit(const Batch& batch) {
  if (auto checked = check_file(); !checked) return checked;
  return on_sound_file("cannot write the history", [&] { write(batch); });
}

void SqliteStore::write(const Batch& batch) {
  SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
  if (!seen_before(*database_, batch.stamp)) write_rows(*database_, batch);
  transaction.commit();
  if (batch.complete) wants_everything_ = false;
}

Result<PruneReport> SqliteStore::prune(const Retention& retention, WallTime now) {
  return on_sound_file("cannot prune the history",
                       [&] { return history::prune(*database_, retention, now); });
}

}  // namespace rollcall::history
