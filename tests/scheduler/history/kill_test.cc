// kill -9 at random moments: what was acknowledged is there exactly once, and batches are whole.
//
// ROLLCALL_KILLS=200 sets how many kills, ROLLCALL_KILL_SEED=n repeats a failed run's moments.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>

#include "engine/base/fd.h"
#include "engine/base/random.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::uint32_t kRowsPerBatch = 5;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Batch n: five transitions of second n, a message of its number, and five target states.
Batch numbered(std::uint32_t n) {
  Batch batch{.messages = {message(std::to_string(n))}};
  for (std::uint32_t i = 0; i < kRowsPerBatch; ++i) {
    auto row = transition(n);
    row.address = address(n * kRowsPerBatch + i);
    batch.target_states.push_back({row.address, row.port, row.to, row.at});
    batch.transitions.push_back(row);
  }
  return batch;
}

// The child: commits one batch after the other, and acknowledges each on the pipe.
[[noreturn]] void commit_for_ever(const std::string& folder, std::uint32_t first, int acks) {
  fakes::FakeClock clock;
  const auto store = SqliteStore::open(folder, clock);
  if (!store) ::_exit(1);
  for (std::uint32_t n = first; n < first + 100'000; ++n) {
    if (!(*store)->commit(numbered(n))) ::_exit(1);
    if (n % 16 == 0 && !(*store)->prune({.bytes_max = 1ULL << 40}, at(n))) ::_exit(1);
    if (::write(acks, &n, sizeof n) != sizeof n) ::_exit(1);
  }
  ::_exit(1);
}

// Kills a child after so long of committing; gives the last number that it acknowledged.
std::uint32_t kill_while_committing(const std::string& folder, std::uint32_t first,
                                    std::chrono::microseconds after) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) commit_for_ever(folder, first, writing.get());
  writing = Fd();
  std::uint32_t last = first - 1;
  // The first acknowledgement says that it is at work.
  const bool at_work = ::read(reading.get(), &last, sizeof last) == sizeof last;
  EXPECT_TRUE(at_work);
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  while (::read(reading.get(), &last, sizeof last) == sizeof last) {
  }
  return last;
}

// Rows per second of the transitions, that is, per batch.
std::map<std::int64_t, std::uint32_t> stored_batches(const std::string& folder) {
  SQLite::Database database(folder + "/history.db", SQLite::OPEN_READWRITE);
  SQLite::Statement rows(
      database, "SELECT at, count(*), count(DISTINCT address) FROM transitions GROUP BY at");
  std::map<std::int64_t, std::uint32_t> batches;
  while (rows.executeStep()) {
    EXPECT_EQ(rows.getColumn(1).getInt(), rows.getColumn(2).getInt()) << "a row is there twice";
    batches[rows.getColumn(0).getInt64()] = rows.getColumn(1).getUInt();
  }
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM outbox").getUInt(), batches.size());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM target_states").getUInt(),
            batches.size() * kRowsPerBatch);
  return batches;
}

TEST(KillNine, LosesNothingAcknowledgedRepeatsNothingAndTearsNothing) {
  const std::uint64_t kills = number_from_environment("ROLLCALL_KILLS", 30);
  const std::uint64_t seed = number_from_environment("ROLLCALL_KILL_SEED", random_seed());
  SCOPED_TRACE("ROLLCALL_KILL_SEED=" + std::to_string(seed));
  Random random(seed);
  TemporaryFolder folder;
  std::uint32_t next = 1;
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::chrono::microseconds moment(random.below(60'000));
    const std::uint32_t last = kill_while_committing(folder.path(), next, moment);
    ASSERT_FALSE(HasFailure()) << "kill " << i << " after " << moment.count() << " us";

    EXPECT_EQ(integrity(folder.file()), "ok");
    EXPECT_THAT(folder.files("history.db.corrupt"), ::testing::IsEmpty());
    const auto batches = stored_batches(folder.path());
    for (std::uint32_t n = 1; n <= last; ++n) {
      const auto found = batches.find(at(n).time_since_epoch().count());
      ASSERT_NE(found, batches.end()) << "batch " << n << " was acknowledged and is not there";
      ASSERT_EQ(found->second, kRowsPerBatch) << "batch " << n << " is there in part";
    }
    // One more may have become durable before its acknowledgement.
    ASSERT_LE(batches.size(), last + 1);
    next = static_cast<std::uint32_t>(batches.size()) + 1;
  }
  RecordProperty("batches", static_cast<int>(next - 1));
}

}  // namespace
}  // namespace rollcall::history
