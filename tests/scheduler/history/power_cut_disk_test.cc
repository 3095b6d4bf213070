// The disk that other tests cut the power of: it loses what SQLite did not sync, and only that.
#include "tests/scheduler/history/power_cut_disk.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kCuts = 40;

// The child: rows 1, 2, 3 ..., each a transaction of its own and acknowledged on the pipe.
[[noreturn]] void write_rows(const std::string& path, const std::string& synchronous, int acks,
                             std::uint64_t seed) {
  std::atomic<int> operations_left = static_cast<int>(Random(seed).below(120)) + 1;
  const PowerCutDisk disk(operations_left, seed);
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA wal_autocheckpoint = 20");
  database.exec("PRAGMA synchronous = " + synchronous);
  database.exec("CREATE TABLE IF NOT EXISTS rows (text TEXT)");
  for (int written = 0; written < 10'000; ++written) {
    database.exec("INSERT INTO rows VALUES (hex(randomblob(700)))");
    if (::write(acks, "+", 1) != 1) ::_exit(1);
  }
  ::_exit(1);
}

// True: each row that was acknowledged is there, and the file is whole.
bool keeps_its_word(const std::string& synchronous, std::uint64_t seed) {
  const TemporaryFolder folder;
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) write_rows(folder.file(), synchronous, writing.get(), seed);
  writing = Fd();
  int acknowledged = 0;
  for (char byte = 0; ::read(reading.get(), &byte, 1) == 1;) ++acknowledged;
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == PowerCutDisk::kExitCode) << status;
  if (acknowledged == 0) return true;
  try {
    SQLite::Database database(folder.file(), SQLite::OPEN_READWRITE);
    return database.execAndGet("SELECT count(*) FROM rows").getInt() >= acknowledged &&
           database.execAndGet("PRAGMA integrity_check").getString() == "ok";
  } catch (const SQLite::Exception&) {
    return false;
  }
}

std::vector<std::uint64_t> seeds_that_break(const std::string& synchronous) {
  const std::uint64_t seed = random_seed();
  std::vector<std::uint64_t> broken;
  for (std::uint64_t i = 0; i < kCuts; ++i) {
    if (!keeps_its_word(synchronous, seed + i)) broken.push_back(seed + i);
  }
  return broken;
}

TEST(APowerCut, TakesNothingThatWasSynced) {
  EXPECT_THAT(seeds_that_break("FULL"), ::testing::IsEmpty());
}

TEST(APowerCut, TakesWhatWasNotSynced) {
  EXPECT_GT(seeds_that_break("OFF").size(), kCuts / 4);
  EXPECT_GT(seeds_that_break("NORMAL").size(), 0U) << "its log is not synced at each commit";
}

}  // namespace
}  // namespace rollcall::history
