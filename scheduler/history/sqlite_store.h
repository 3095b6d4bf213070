// The store in one SQLite file of a state folder, written ahead and synced at each commit.
//
// Threading: as Store. Readers of the same file never block it.
// Ownership: holds the folder's lock; the clock outlives it.
// Units:     as Store.
// Errors:    open() gives kUsage where trying again will not help: another rollcall uses the
// folder,
//            or the file is a newer version's or a stranger's (it is not touched). A broken file,
//            found at any time, is set aside as history.db.corrupt-TIME, and a fresh one is begun.
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
  // Runs `work` on the connection; where that shows a broken file, once more on a fresh one.
  template <typename Work>
  auto on_sound_file(std::string_view what, const Work& work) -> Result<decltype(work())>;

  std::string folder_;
  const Clock& clock_;
  Fd lock_;
  std::unique_ptr<SQLite::Database> database_;  // none only while, or because, replacing it failed
  FileId file_{};                               // that database_ has open
  bool wants_everything_ = false;
  std::vector<std::string> messages_;
};

}  // namespace rollcall::history
