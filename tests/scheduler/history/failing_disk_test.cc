// Every single write, sync and truncation fails once, and from each on for a while: nothing
// crashes, nothing is lost, nothing is there twice.
#include "tests/scheduler/history/failing_disk.h"

#include <gmock/gmock.h>

#include "scheduler/history/buffered_store.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::uint32_t kBatches = 6;

struct Fault {
  const char* description;
  int count;
  int code;
  int stride;  // 1: at every operation; else at every so many
};

// Checks the rows of a store after a run with that fault. False: the fault did not occur.
bool live_through(const Fault& fault, int first) {
  TemporaryFolder folder;
  fakes::FakeClock clock;
  FailingDisk disk;
  const auto opener = [&]() -> Result<std::unique_ptr<Store>> {
    return SqliteStore::open(folder.path(), clock);
  };
  disk.fail(first, fault.count, fault.code);
  auto store = value_of(BufferedStore::start(opener, clock));
  for (std::uint32_t n = 0; n < kBatches; ++n) {
    (void)store->commit({.transitions = {transition(n)},
                         .messages = {message(std::to_string(n))},
                         .rollups = {{at(0), "web42", 1, 1, 1, 1}}});
    if (n % 2 == 1) (void)store->prune({.bytes_max = 1 << 30}, at(n));
    clock.advance(std::chrono::seconds(1));
  }
  const bool failed = disk.has_failed();
  disk.heal();
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(succeeded(store->flush()));
  store.reset();

  EXPECT_THAT(folder.files("history.db.corrupt"), ::testing::IsEmpty());
  Reader reader(folder.path());
  std::vector<WallTime> times;
  for (const auto& row : value_of(reader.transitions({})).rows) times.push_back(row.at);
  EXPECT_THAT(times, ::testing::ElementsAre(at(5), at(4), at(3), at(2), at(1), at(0)));
  EXPECT_THAT(value_of(reader.pending_messages(0)), ::testing::SizeIs(kBatches));
  const auto rollups = value_of(reader.rollups("web42", {})).rows;
  EXPECT_EQ(rollups.empty() ? 0 : rollups[0].sweeps, kBatches) << "a batch was applied twice";
  EXPECT_EQ(integrity(folder.file()), "ok");
  return failed;
}

TEST(AFailingDisk, LosesAndRepeatsNothingWhicheverOperationFails) {
  constexpr Fault kFaults[] = {{"one I/O error", 1, SQLITE_IOERR_WRITE, 1},
                               {"one failing sync", 1, SQLITE_IOERR_FSYNC, 3},
                               {"ten I/O errors", 10, SQLITE_IOERR_WRITE, 1},
                               {"full for one write", 1, SQLITE_FULL, 3},
                               {"full for ten writes", 10, SQLITE_FULL, 3}};
  for (const Fault& fault : kFaults) {
    int first = 1;
    while (live_through(fault, first) && first < 2000) {
      ASSERT_FALSE(HasFailure()) << fault.description << " at operation " << first;
      first += fault.stride;
    }
    EXPECT_GT(first, 20) << "the disk hardly failed at all";
    EXPECT_LT(first, 2000);
  }
}

}  // namespace
}  // namespace rollcall::history
