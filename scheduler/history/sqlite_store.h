// Stores the history in one SQLite file of a state folder, with a write-ahead log that every commit
// syncs.
//
// Threading: as Store. Readers of the same file never block it.
// Ownership: holds the folder's lock; the clock outlives it.
// Units:     as Store.
// Errors:    open() returns kUsage if a retry will not help: another rollcall uses the folder, or
//            the file belongs to a newer version or another program. Such a file is not changed. A
//            corrupt file, found at any time, is renamed to history.db.corrupt-TIME, and a new one
//            is created.
// Cost:      one fsync a commit; open() reads the file once.
#pragma once

#include <SQLiteCpp/Database.h>

#include <memory>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "scheduler/history/sqlite/file_id.h"
#include "scheduler/history/sqlite/open_database.h"
#include "scheduler/history/store.h"

namespace rollcall::history {

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<SqliteStore>> open(std::string folder, const Clock& clock,
                                                   Check check = Check::kWhole);

  Result<void> commit(const Batch& batch) override;
  Result<PruneReport> prune(const Retention& retention, WallTime now) override;
  bool wants_everything() const override { return wants_everything_; }
  FileId file() const override { return file_; }
  std::vector<std::string> take_messages() override { return std::exchange(messages_, {}); }

 private:
  SqliteStore(std::string folder, const Clock& clock, Fd lock)
      : folder_(std::move(folder)), clock_(clock), lock_(std::move(lock)) {}

  void adopt(OpenedDatabase opened);
  Result<void> check_file() const;
  void write(const Batch& batch);
  // Runs `work` on the connection. If the file proves to be corrupt, runs it once more on a new
  // file.
  template <typename Work>
  auto on_sound_file(std::string_view what, const Work& work) -> Result<decltype(work())>;

  std::string folder_;
  const Clock& clock_;
  Fd lock_;
  std::unique_ptr<SQLite::Database> database_;  // null only if replacing a corrupt file failed
  FileId file_{};                               // the file that database_ has open
  bool wants_everything_ = false;
  std::vector<std::string> messages_;
};

}  // namespace rollcall::history
