// A disk that does not answer, behind the thread that waits for it.
#include "scheduler/history/store_thread.h"

#include <gmock/gmock.h>

#include "tests/fakes/scripted_store.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Blocks each thread that calls pass() while the barrier is closed.
class Barrier {
 public:
  void close() { set(false); }
  void open() { set(true); }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    --waiting_;
  }
  bool wait_for_someone() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [this] { return waiting_ > 0; });
  }

 private:
  void set(bool is_open) {
    const std::scoped_lock lock(mutex_);
    is_open_ = is_open;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = true;
  int waiting_ = 0;
};

// Its disk is only looked at while the thread is idle.
class HangingStore final : public Store {
 public:
  HangingStore(Barrier& barrier, fakes::ScriptedDisk& disk) : barrier_(barrier), store_(disk) {}
  Result<void> commit(const Batch& batch) override {
    barrier_.pass();
    return store_.commit(batch);
  }
  Result<PruneReport> prune(const Retention&, WallTime) override {
    return PruneReport{.rows = 1, .more = true};
  }
  bool wants_everything() const override { return store_.wants_everything(); }
  FileId file() const override { return store_.file(); }
  std::vector<std::string> take_messages() override { return {}; }

 private:
  Barrier& barrier_;
  fakes::ScriptedStore store_;
};

class StoreThreadTest : public ::testing::Test {
 protected:
  ~StoreThreadTest() override {
    commits_.open();
    opens_.open();
  }
  void start(BufferOptions options = {}) {
    store_ = std::make_unique<StoreThread>(
        [this]() -> Result<std::unique_ptr<Store>> {
          opens_.pass();
          if (disk_.open_fails) return std::unexpected(disk_.error);
          return std::make_unique<HangingStore>(commits_, disk_);
        },
        clock_, options, "the disk", threads_.add("store"));
  }
  static Batch numbered(std::uint32_t n) { return {.transitions = {transition(n)}}; }
  std::vector<WallTime> committed() const {
    std::vector<WallTime> times;
    for (const Batch& batch : disk_.committed) {
      for (const auto& row : batch.transitions) times.push_back(row.at);
    }
    return times;
  }
  bool finishes() { return store_->wait_until_idle(20s); }

  SystemClock clock_;
  fakes::ScriptedDisk disk_;
  Barrier opens_;
  Barrier commits_;
  ThreadRegistry threads_;
  std::unique_ptr<StoreThread> store_;
};

TEST_F(StoreThreadTest, WritesInOrderAndSaysWhatIsDone) {
  start();
  StoreThread::Ticket last = 0;
  for (std::uint32_t n = 1; n <= 3; ++n) last = store_->commit(numbered(n));
  EXPECT_TRUE(store_->wait(last, 20s));
  EXPECT_TRUE(store_->is_done(last));
  EXPECT_TRUE(finishes());
  EXPECT_EQ(store_->rows_waiting(), 0U);
  EXPECT_THAT(committed(), ElementsAre(at(1), at(2), at(3)));
}

TEST_F(StoreThreadTest, HoldsNobodyUpWhileAWriteDoesNotReturn) {
  start();
  commits_.close();
  const auto first = store_->commit(numbered(1));
  ASSERT_TRUE(commits_.wait_for_someone());
  EXPECT_FALSE(store_->wait(first, 10ms));
  const auto began = std::chrono::steady_clock::now();
  for (std::uint32_t n = 2; n <= 200; ++n)
    EXPECT_FALSE(store_->wait(store_->commit(numbered(n)), 10ms));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s) << "it has waited enough for that write";
  EXPECT_EQ(store_->rows_waiting(), 200U);
  EXPECT_GT(store_->busy_for(), Duration{});
  commits_.open();
  EXPECT_TRUE(finishes());
  EXPECT_EQ(committed().size(), 200U);
}

TEST_F(StoreThreadTest, NamesAWriteThatHangs) {
  start();
  commits_.close();
  store_->commit(numbered(1));
  ASSERT_TRUE(commits_.wait_for_someone());
  threads_.look(1s, 1s);
  const auto silent = threads_.look(1s, 1s);
  ASSERT_EQ(silent.size(), 1U);
  EXPECT_EQ(silent.front().waits_for, "a write to the disk");
}

TEST_F(StoreThreadTest, BoundsWhatWaitsAndAsksForWhatItDropped) {
  start({.rows_max = 10});
  commits_.close();
  store_->commit(numbered(1));
  ASSERT_TRUE(commits_.wait_for_someone());
  StoreThread::Ticket last = 0;
  for (std::uint32_t n = 2; n <= 50; ++n) last = store_->commit(numbered(n));
  EXPECT_EQ(store_->rows_waiting(), 11U) << "with the one that is being written";
  EXPECT_TRUE(store_->wants_everything());
  EXPECT_THAT(store_->take_messages(), Contains(HasSubstr("more than 10 rows wait for the disk")));
  commits_.open();
  EXPECT_TRUE(finishes());
  EXPECT_TRUE(store_->is_done(last));
  EXPECT_EQ(committed().back(), at(50));
  EXPECT_THAT(store_->take_messages(), Contains(HasSubstr("39 rows were lost")));
  Batch everything = numbered(51);
  everything.complete = true;
  store_->commit(everything);
  EXPECT_FALSE(store_->wants_everything());
}

TEST_F(StoreThreadTest, StartsWithoutWaitingForADiskThatDoesNotOpen) {
  opens_.close();
  start({.read_first = true});
  EXPECT_EQ(store_->opened(10ms), std::nullopt);
  EXPECT_FALSE(store_->wait(store_->commit(numbered(1)), 10ms));
  EXPECT_TRUE(store_->is_held());
  opens_.open();
  const auto opened = store_->opened(20s);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(*opened);
  EXPECT_TRUE(finishes());
  EXPECT_EQ(store_->rows_waiting(), 1U) << "nothing is written to a file that was not read";
  store_->release();
  EXPECT_FALSE(store_->is_held());
  store_->commit({});
  EXPECT_TRUE(finishes());
  EXPECT_THAT(committed(), ElementsAre(at(1)));
}

TEST_F(StoreThreadTest, SaysThatTheHistoryMustNotBeUsed) {
  disk_.open_fails = true;
  disk_.error = {ErrorCode::kUsage, 0, "another rollcall uses it"};
  start();
  const auto opened = store_->opened(20s);
  ASSERT_TRUE(opened);
  EXPECT_FALSE(*opened);
}

TEST_F(StoreThreadTest, ReadsOnItsThreadAndPrunesThere) {
  start();
  std::thread::id reader;
  store_->read([&reader] { reader = std::this_thread::get_id(); });
  store_->prune({}, at(1));
  EXPECT_TRUE(finishes());
  EXPECT_NE(reader, std::thread::id());
  EXPECT_NE(reader, std::this_thread::get_id());
  EXPECT_TRUE(store_->take_more_to_prune());
  EXPECT_FALSE(store_->take_more_to_prune());
}

}  // namespace
}  // namespace rollcall::history
