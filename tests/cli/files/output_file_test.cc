#include "cli/files/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/fd.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() {
    std::string pattern = fs::temp_directory_path() / "rollcall-output-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~OutputFileTest() override { fs::remove_all(folder_); }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

TEST_F(OutputFileTest, AppearsWholeAndOnlyAtCommit) {
  const fs::path path = folder_ / "result.json";
  auto file = OutputFile::create(path);
  ASSERT_TRUE(file) << file.error().to_string();
  (*file)->stream() << "all of it";
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE((*file)->commit());
  EXPECT_EQ(content(path), "all of it");
  EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, LeavesTheOldFileAndNothingElseWhenAbandoned) {
  const fs::path path = folder_ / "result.json";
  std::ofstream(path) << "old";
  {
    auto file = OutputFile::create(path);
    ASSERT_TRUE(file);
    (*file)->stream() << "half";
  }
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, FollowsALinkToTheFileItReplaces) {
  const fs::path path = folder_ / "real.json";
  std::ofstream(path) << "old";
  fs::create_symlink(path, folder_ / "link.json");
  auto file = OutputFile::create(folder_ / "link.json");
  ASSERT_TRUE(file);
  (*file)->stream() << "new";
  ASSERT_TRUE((*file)->commit());
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.json"));
  EXPECT_EQ(content(path), "new");
}

TEST_F(OutputFileTest, NeverReplacesWhatAStrangersLinkLeadsTo) {
  const fs::path victim = folder_ / "victim";
  std::ofstream(victim) << "old";
  const fs::path sticky = folder_ / "sticky";
  fs::create_directory(sticky);
  ASSERT_EQ(::chmod(sticky.c_str(), 01777), 0);
  fs::create_symlink(victim, sticky / "link");
  ASSERT_EQ(::lchown((sticky / "link").c_str(), 65534, 65534), 0) << "this test needs root";
  const auto file = OutputFile::create(sticky / "link");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().to_string().find("belongs to another user"), std::string::npos);
  EXPECT_EQ(content(victim), "old");
  EXPECT_EQ(files(), 2);
}

TEST_F(OutputFileTest, IsPutWhereItWasPromisedThoughTheFolderIsRenamed) {
  fs::create_directory(folder_ / "before");
  auto file = OutputFile::create(folder_ / "before" / "result");
  ASSERT_TRUE(file);
  (*file)->stream() << "all of it";
  fs::rename(folder_ / "before", folder_ / "after");
  fs::create_directory(folder_ / "before");
  ASSERT_TRUE((*file)->commit());
  EXPECT_EQ(content(folder_ / "after" / "result"), "all of it");
  EXPECT_TRUE(fs::is_empty(folder_ / "before"));
}

TEST_F(OutputFileTest, TakesAfterAnotherFileBeforeAnybodyCouldReadIt) {
  struct stat like{};
  like.st_mode = S_IFREG | 0600;
  like.st_uid = 65534;
  like.st_gid = 65533;
  auto file = OutputFile::create(folder_ / "result");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->take_after(like));
  (*file)->stream() << "secret";
  for (const bool is_committed : {false, true}) {
    if (is_committed) {
      ASSERT_TRUE((*file)->commit());
    }
    struct stat now{};
    ASSERT_EQ(::stat(fs::directory_iterator(folder_)->path().c_str(), &now), 0);
    EXPECT_EQ(now.st_mode & 07777, 0600u);
    EXPECT_EQ(now.st_uid, 65534u) << "this test needs root";
    EXPECT_EQ(now.st_gid, 65533u);
  }
}

TEST_F(OutputFileTest, NeedsNothingOfRootsButInFoldersOfOthers) {
  auto own = OutputFile::create(folder_ / "result");
  ASSERT_TRUE(own);
  EXPECT_EQ((*own)->needs(), 0u);
  ASSERT_EQ(::chown(folder_.c_str(), 65534, 65534), 0) << "this test needs root";
  auto theirs = OutputFile::create(folder_ / "result");
  ASSERT_TRUE(theirs);
  EXPECT_EQ((*theirs)->needs(), bit_of(CAP_DAC_OVERRIDE) | bit_of(CAP_FOWNER));
  auto null = OutputFile::create("/dev/null");
  ASSERT_TRUE(null);
  EXPECT_EQ((*null)->needs(), 0u);
}

TEST_F(OutputFileTest, WritesToADeviceAndAPipeAsTheyAre) {
  auto null = OutputFile::create("/dev/null");
  ASSERT_TRUE(null) << null.error().to_string();
  (*null)->stream() << "nobody reads this";
  EXPECT_TRUE((*null)->commit());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));

  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto pipe = OutputFile::create(path);
  ASSERT_TRUE(pipe) << pipe.error().to_string();
  (*pipe)->stream() << "all of it";
  ASSERT_TRUE((*pipe)->commit());
  std::array<char, 32> seen{};
  ASSERT_EQ(::read(reader.get(), seen.data(), seen.size()), 9);
  EXPECT_STREQ(seen.data(), "all of it");
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST_F(OutputFileTest, SaysWhenADeviceIsFull) {
  auto full = OutputFile::create("/dev/full");
  ASSERT_TRUE(full);
  (*full)->stream() << "too much";
  const auto committed = (*full)->commit();
  ASSERT_FALSE(committed);
  EXPECT_NE(committed.error().to_string().find("/dev/full"), std::string::npos);
}

TEST_F(OutputFileTest, RefusesAPlaceThatCannotBeWrittenBeforeAnythingHappens) {
  for (const fs::path& path : {folder_ / "no" / "such" / "folder.json", folder_}) {
    const auto file = OutputFile::create(path);
    ASSERT_FALSE(file) << path;
    EXPECT_NE(file.error().to_string().find(path.filename()), std::string::npos);
  }
}

}  // namespace
}  // namespace rollcall::cli
