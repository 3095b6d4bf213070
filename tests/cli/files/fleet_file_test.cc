#include "cli/files/fleet_file.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace rollcall::cli {
namespace {

using testing::HasSubstr;

class FleetFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ / "fleet.csv";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const { std::ofstream(path_) << text; }
  std::string text() const {
    std::ifstream stream(path_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_), {});
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(FleetFileTest, ReplacesWhatNobodyChanged) {
  write("old");
  const auto file = FleetFile::open(path_);
  ASSERT_TRUE(file) << file.error().to_string();
  EXPECT_EQ(file->text(), "old");
  ASSERT_TRUE(file->replace("new"));
  EXPECT_EQ(text(), "new");
  EXPECT_EQ(files(), 1);
}

TEST_F(FleetFileTest, LeavesAFileThatSomebodyElseChangedMeanwhile) {
  write("old");
  const auto file = FleetFile::open(path_);
  ASSERT_TRUE(file);
  write("two");  // of the same length, and perhaps within one tick of the clock
  const auto replaced = file->replace("new");
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().to_string(), HasSubstr("changed while the import ran"));
  EXPECT_EQ(text(), "two");
  EXPECT_EQ(files(), 1) << "a temporary file was left";
}

TEST_F(FleetFileTest, LeavesAFileThatAppearedOrVanishedMeanwhile) {
  const auto absent = FleetFile::open(path_);
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->text(), "");
  write("other");
  EXPECT_FALSE(absent->replace("new"));
  EXPECT_EQ(text(), "other");
  const auto present = FleetFile::open(path_);
  ASSERT_TRUE(present);
  std::filesystem::remove(path_);
  EXPECT_FALSE(present->replace("new"));
  EXPECT_EQ(files(), 0);
}

TEST_F(FleetFileTest, IsNoFolderAndNoDevice) {
  EXPECT_FALSE(FleetFile::open(folder_.string()));
  EXPECT_FALSE(FleetFile::open("/dev/null"));
  const auto nowhere = FleetFile::open(folder_ / "none" / "fleet.csv");
  ASSERT_TRUE(nowhere);
  EXPECT_FALSE(nowhere->replace("new"));
}

}  // namespace
}  // namespace rollcall::cli
