// The queue in front of a failing disk.
#include "scheduler/history/buffered_store.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "tests/fakes/scripted_store.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Buffered : public ::testing::Test {
 protected:
  void start(BufferOptions options = {}) {
    auto opener = [this]() -> Result<std::unique_ptr<Store>> {
      ++disk_.opened;
      if (disk_.open_fails) return std::unexpected(disk_.error);
      return std::make_unique<fakes::ScriptedStore>(disk_);
    };
    store_ = value_of(BufferedStore::start(opener, clock_, options));
    ASSERT_TRUE(store_);
  }
  // A batch that its first transition tells from others.
  static Batch numbered(std::uint32_t n) { return {.transitions = {transition(n)}}; }
  std::vector<WallTime> committed() const {
    std::vector<WallTime> times;
    for (const Batch& batch : disk_.committed) {
      for (const auto& row : batch.transitions) times.push_back(row.at);
    }
    return times;
  }

  fakes::FakeClock clock_;
  fakes::ScriptedDisk disk_;
  std::unique_ptr<BufferedStore> store_;
};

TEST_F(Buffered, PassesBatchesThroughWhileTheDiskWorks) {
  start();
  EXPECT_TRUE(succeeded(store_->commit(numbered(1))));
  EXPECT_TRUE(succeeded(store_->commit({})));
  EXPECT_THAT(committed(), ElementsAre(at(1)));
  EXPECT_THAT(disk_.committed, SizeIs(1)) << "an empty batch costs no fsync";
  EXPECT_THAT(store_->take_messages(), IsEmpty());
}

TEST_F(Buffered, KeepsWhatCannotBeWrittenAndWritesItInOrderWhenTheDiskHeals) {
  start();
  disk_.commit_fails = true;
  for (std::uint32_t n = 1; n <= 3; ++n) EXPECT_FALSE(store_->commit(numbered(n)));
  EXPECT_EQ(store_->rows_waiting(), 3U);
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("kept in memory")));
  disk_.commit_fails = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_THAT(committed(), ElementsAre(at(1), at(2), at(3)));
  EXPECT_EQ(store_->rows_waiting(), 0U);
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("3 batches waited")));
}

TEST_F(Buffered, WritesNothingBeforeItsOwnerHasReadTheFile) {
  start({.read_first = true});
  EXPECT_TRUE(store_->is_held());
  EXPECT_TRUE(succeeded(store_->commit(numbered(1))));
  EXPECT_EQ(value_of(store_->prune({}, at(1))).rows, 0U);
  clock_.advance(seconds(60));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_THAT(committed(), IsEmpty());
  EXPECT_EQ(store_->rows_waiting(), 1U);
  store_->release();
  EXPECT_TRUE(succeeded(store_->commit(numbered(2))));
  EXPECT_THAT(committed(), ElementsAre(at(1), at(2)));
}

TEST_F(Buffered, WaitsToBeReadAgainWhenAnotherFileIsInThePlaceOfItsOwn) {
  start({.read_first = true});
  store_->release();
  disk_.commit_fails = true;
  disk_.error = Error{ErrorCode::kSystem, ENOSPC, "full"};
  EXPECT_FALSE(store_->commit(numbered(1)));
  disk_.error = Error{ErrorCode::kSystem, EIO, "the connection is of no use"};
  for (int i = 0; i < 2; ++i) {
    clock_.advance(seconds(60));
    EXPECT_FALSE(store_->flush());
    EXPECT_FALSE(store_->is_held()) << "it is the same file";
  }
  EXPECT_EQ(disk_.opened, 2);
  disk_.commit_fails = false;
  disk_.file = {1, 2};
  clock_.advance(seconds(60));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_EQ(disk_.opened, 3);
  EXPECT_TRUE(store_->is_held());
  EXPECT_THAT(committed(), IsEmpty());
  store_->release();
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_THAT(committed(), ElementsAre(at(1)));
}

TEST_F(Buffered, TriesASickDiskLessAndLessOften) {
  start({.pause_min = seconds(1), .pause_max = seconds(8)});
  disk_.commit_fails = true;
  EXPECT_FALSE(store_->commit(numbered(1)));
  std::vector<int> tries_at;
  for (int second = 1; second <= 40; ++second) {
    clock_.advance(seconds(1));
    const int before = disk_.tries;
    EXPECT_FALSE(store_->flush());
    if (disk_.tries > before) tries_at.push_back(second);
  }
  EXPECT_THAT(tries_at, ElementsAre(1, 3, 7, 15, 23, 31, 39));
}

TEST_F(Buffered, MakesANewConnectionUnlessTheDiskIsMerelyFull) {
  struct Case {
    const char* description;
    int sys_errno;
    int opened;
  };
  for (const Case& each : {Case{"full", ENOSPC, 1}, {"locked", EBUSY, 1}, {"broken", 0, 2}}) {
    SCOPED_TRACE(each.description);
    disk_ = {};
    start();
    disk_.commit_fails = true;
    disk_.error.sys_errno = each.sys_errno;
    EXPECT_FALSE(store_->commit(numbered(1)));
    disk_.commit_fails = false;
    clock_.advance(seconds(1));
    EXPECT_TRUE(succeeded(store_->flush()));
    EXPECT_EQ(disk_.opened, each.opened);
    EXPECT_THAT(committed(), ElementsAre(at(1)));
  }
}

TEST_F(Buffered, StartsInMemoryWhereTheDiskIsSickAtFirst) {
  disk_.open_fails = true;
  start();
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("the disk is broken")));
  EXPECT_FALSE(store_->commit(numbered(1)));
  disk_.open_fails = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_THAT(committed(), ElementsAre(at(1)));
}

TEST_F(Buffered, DoesNotStartWhereTryingAgainWillNotHelp) {
  const auto opener = []() -> Result<std::unique_ptr<Store>> {
    return fail(ErrorCode::kUsage, "written by a newer rollcall");
  };
  EXPECT_FALSE(BufferedStore::start(opener, clock_));
}

TEST_F(Buffered, StampsEachBatchOnceSoThatARetryIsKnownForWhatItIs) {
  start();
  disk_.takes_it_and_fails = true;
  EXPECT_FALSE(store_->commit(numbered(1)));
  disk_.takes_it_and_fails = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(succeeded(store_->commit(numbered(2))));
  ASSERT_THAT(disk_.committed, SizeIs(3));
  const auto& [first, again, second] =
      std::tie(disk_.committed[0].stamp, disk_.committed[1].stamp, disk_.committed[2].stamp);
  EXPECT_NE(first.writer, 0U);
  EXPECT_EQ(first.writer, again.writer);
  EXPECT_EQ(first.sequence, again.sequence);
  EXPECT_EQ(first.writer, second.writer);
  EXPECT_LT(first.sequence, second.sequence);
}

TEST_F(Buffered, LosesWhatMattersLeastFirstAndSaysSo) {
  start({.rows_max = 4});
  disk_.commit_fails = true;
  const auto full = [](std::uint32_t n) {
    Batch batch = numbered(n);
    batch.sweeps = {{.started_at = at(n)}};
    batch.messages = {message(std::to_string(n))};
    return batch;
  };
  for (std::uint32_t n = 1; n <= 3; ++n) EXPECT_FALSE(store_->commit(full(n)));
  EXPECT_EQ(store_->rows_waiting(), 4U);  // of nine: three sweeps and two transitions went
  EXPECT_TRUE(store_->wants_everything());
  EXPECT_THAT(store_->take_messages(),
              ElementsAre(HasSubstr("kept in memory"), HasSubstr("being lost")));
  disk_.commit_fails = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_THAT(committed(), ElementsAre(at(3)));
  std::vector<std::string> keys;
  for (const Batch& batch : disk_.committed) {
    for (const auto& row : batch.messages) keys.push_back(row.key);
  }
  EXPECT_THAT(keys, ElementsAre("1", "2", "3"));
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("5 rows were lost")));

  EXPECT_TRUE(store_->wants_everything());
  EXPECT_TRUE(succeeded(store_->commit({.complete = true, .at = at(4)})));
  EXPECT_FALSE(store_->wants_everything());
}

TEST_F(Buffered, StaysWithinItsBoundHoweverLongTheDiskIsGone) {
  start({.rows_max = 100});
  disk_.commit_fails = true;
  for (std::uint32_t n = 0; n < 1000; ++n) {
    EXPECT_FALSE(store_->commit({.messages = {message(std::to_string(n))}}));
    ASSERT_LE(store_->rows_waiting(), 100U);
  }
  disk_.commit_fails = false;
  clock_.advance(seconds(30));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_EQ(disk_.committed.front().messages.at(0).key, "900");
  EXPECT_EQ(disk_.committed.back().messages.at(0).key, "999");
}

// One may be as large as the fleet, and another come every minute.
TEST_F(Buffered, KeepsTheNewestInventoryAlone) {
  start();
  disk_.commit_fails = true;
  EXPECT_FALSE(store_->commit({.inventory = StoredInventory{at(1), "first"}}));
  Batch second = numbered(2);
  second.inventory = StoredInventory{at(2), "second"};
  EXPECT_FALSE(store_->commit(second));
  EXPECT_FALSE(store_->commit({.inventory = StoredInventory{at(3), "third"}}));
  EXPECT_EQ(store_->rows_waiting(), 2U);
  disk_.commit_fails = false;
  clock_.advance(seconds(10));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_EQ(store_->rows_waiting(), 0U);
  EXPECT_THAT(committed(), ElementsAre(at(2)));
  ASSERT_THAT(disk_.committed, SizeIs(2));
  EXPECT_FALSE(disk_.committed[0].inventory);
  EXPECT_EQ(disk_.committed[1].inventory->text, "third");
}

TEST_F(Buffered, DoesNotPruneWhileBatchesWait) {
  start();
  disk_.commit_fails = true;
  EXPECT_FALSE(store_->commit(numbered(1)));
  EXPECT_EQ(value_of(store_->prune({}, at(1))).rows, 0U);
  disk_.commit_fails = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(succeeded(store_->flush()));
  EXPECT_EQ(value_of(store_->prune({}, at(1))).rows, 1U);
}

}  // namespace
}  // namespace rollcall::history
