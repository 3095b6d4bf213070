// Real file systems in trouble: a small tmpfs that fills up, one that is remounted read-only. Both
// live in a mount namespace of the test's own and vanish with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "scheduler/history/buffered_store.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DiskTrouble : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0)
        << "these tests mount a file system and need root (CAP_SYS_ADMIN) for it: "
        << std::strerror(errno);
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m"), 0);
    mounted_ = true;
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  void remount(unsigned long flags) {
    // SQLite keeps the file open for writing, so a plain remount would be refused as busy: this
    // makes only the mount read-only, and new descriptors see it.
    ASSERT_EQ(
        ::mount(nullptr, folder_.path().c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr), 0)
        << std::strerror(errno);
  }
  void start() {
    store_ = value_of(BufferedStore::start(
        [this]() -> Result<std::unique_ptr<Store>> {
          return SqliteStore::open(folder_.path(), clock_);
        },
        clock_));
    ASSERT_TRUE(store_);
  }
  void fill_up() {
    std::ofstream ballast(folder_.file("ballast"), std::ios::binary);
    const std::string block(4096, 'x');
    for (int i = 0; i < 1000 && ballast.good(); ++i) ballast << block << std::flush;
    ASSERT_FALSE(ballast.good()) << "the file system did not fill up";
  }
  bool flush_later() {
    clock_.advance(seconds(30));
    return store_->flush().has_value();
  }
  // Oldest first.
  std::vector<WallTime> stored() {
    std::vector<WallTime> times;
    for (const auto& row : value_of(Reader(folder_.path()).transitions({.rows = 1000})).rows) {
      times.insert(times.begin(), row.at);
    }
    return times;
  }

  TemporaryFolder folder_;
  bool mounted_ = false;
  fakes::FakeClock clock_;
  std::unique_ptr<BufferedStore> store_;
};

TEST_F(DiskTrouble, AFullDiskLosesNothingAndIsWrittenToInOrderWhenThereIsSpaceAgain) {
  start();
  ASSERT_TRUE(succeeded(store_->commit({.transitions = {transition(0)}})));
  fill_up();
  std::uint32_t n = 0;
  while (store_->rows_waiting() == 0 && n < 1000) {
    (void)store_->commit({.transitions = {transition(++n)}});
  }
  ASSERT_LT(n, 1000U) << "the disk never was too full for a commit";
  for (std::uint32_t end = n + 20; n < end;) {
    EXPECT_FALSE(store_->commit({.transitions = {transition(++n)}}));
    EXPECT_FALSE(flush_later());
  }
  EXPECT_EQ(store_->rows_waiting(), 21U);
  const auto messages = store_->take_messages();
  EXPECT_THAT(messages, ElementsAre(HasSubstr("free some space")));

  std::filesystem::remove(folder_.file("ballast"));
  EXPECT_TRUE(flush_later());
  std::vector<WallTime> expected;
  for (std::uint32_t i = 0; i <= n; ++i) expected.push_back(at(i));
  EXPECT_EQ(stored(), expected);
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("can be written again")));
  store_.reset();
  EXPECT_EQ(integrity(folder_.file()), "ok");
}

TEST_F(DiskTrouble, AReadOnlyFolderAtTheStartIsSaidAndMendedLater) {
  remount(MS_RDONLY);
  start();
  EXPECT_THAT(store_->take_messages(), ElementsAre(HasSubstr("writable")));
  EXPECT_FALSE(store_->commit({.transitions = {transition(1)}}));
  EXPECT_FALSE(flush_later());
  remount(0);
  EXPECT_TRUE(flush_later());
  EXPECT_THAT(stored(), ElementsAre(at(1)));
}

TEST_F(DiskTrouble, WhatAReadOnlyDiskHoldsIsReadThereAndNothingStaleOnceItIsWritable) {
  start();
  ASSERT_TRUE(succeeded(store_->commit({.transitions = {transition(1)}})));
  store_.reset();
  remount(MS_RDONLY);
  Reader reader(folder_.path());
  EXPECT_THAT(value_of(reader.transitions({.rows = 10})).rows, SizeIs(1));
  remount(0);
  start();
  ASSERT_TRUE(succeeded(store_->commit({.transitions = {transition(2)}})));
  EXPECT_THAT(value_of(reader.transitions({.rows = 10})).rows, SizeIs(2));
}

TEST_F(DiskTrouble, AFileSystemThatTurnsReadOnlyUnderAnExistingHistoryIsSurvived) {
  start();
  ASSERT_TRUE(succeeded(store_->commit({.transitions = {transition(1)}})));
  store_.reset();
  remount(MS_RDONLY);
  start();
  EXPECT_FALSE(store_->commit({.transitions = {transition(2)}}));
  remount(0);
  EXPECT_TRUE(flush_later());
  EXPECT_THAT(stored(), ElementsAre(at(1), at(2)));
  EXPECT_THAT(folder_.files("history.db.corrupt"), SizeIs(0));
}

}  // namespace
}  // namespace rollcall::history
