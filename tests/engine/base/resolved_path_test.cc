#include "engine/base/resolved_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rollcall {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kAnonymous = 65534;

class FilePlaceTest : public testing::Test {
 protected:
  FilePlaceTest() {
    std::string pattern = fs::temp_directory_path() / "rollcall-place-XXXXXX";
    folder_ = fs::canonical(mkdtemp(pattern.data()));
    fs::create_directory(folder_ / "target");
    std::ofstream(folder_ / "target" / "file") << "old";
  }
  ~FilePlaceTest() override { fs::remove_all(folder_); }

  std::string in(const std::string& path) const { return folder_ / path; }
  // A folder with a link of `owner`'s in it.
  void link(const std::string& name, mode_t mode, uid_t owner, const std::string& to) const {
    const fs::path parent = folder_ / name;
    fs::create_directory(parent);
    ASSERT_EQ(::chmod(parent.c_str(), mode), 0);
    fs::create_symlink(to, parent / "link");
    ASSERT_EQ(::lchown((parent / "link").c_str(), owner, owner), 0) << "this test needs root";
  }
  static std::string refusal(const std::string& path) {
    const auto place = resolve_path(path);
    EXPECT_FALSE(place) << path << " leads to " << (place ? place->path : "");
    if (place) return "";
    EXPECT_EQ(place.error().code, ErrorCode::kPermission) << place.error().to_string();
    return place.error().to_string();
  }

  fs::path folder_;
};

TEST_F(FilePlaceTest, IsWhereAPathLeads) {
  fs::create_symlink("target", in("folder"));
  fs::create_symlink("../target/file", in("target/link"));
  fs::create_symlink("missing", in("dangling"));
  struct Case {
    std::string path, place;
    bool exists;
  };
  for (const auto& [path, place, exists] : {
           Case{"target/file", "target/file", true},
           Case{"target/new", "target/new", false},
           Case{"./target//.//file", "target/file", true},
           Case{"target/../target/file", "target/file", true},
           Case{"folder/file", "target/file", true},
           Case{"folder/link", "target/file", true},
           Case{"folder/../folder/new", "target/new", false},
           Case{"dangling", "missing", false},
       }) {
    const auto found = resolve_path(in(path));
    ASSERT_TRUE(found) << path << ": " << found.error().to_string();
    EXPECT_EQ(found->path, in(place)) << path;
    EXPECT_EQ(found->status.has_value(), exists) << path;
    EXPECT_FALSE(found->is_descriptor);
  }
}

TEST_F(FilePlaceTest, IsTheSameFromTheFolderThatOneIsIn) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "target");
  const auto found = resolve_path("file");
  fs::current_path(before);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, in("target/file"));
}

TEST_F(FilePlaceTest, IsAFoldersWithoutAName) {
  for (const char* path : {"target/..", ""}) {
    const auto found = resolve_path(in(path));
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->name, "") << path;
  }
}

TEST_F(FilePlaceTest, IsNoneWhereTheWayIsNone) {
  fs::create_symlink("loop", in("loop"));
  for (const char* path : {"no/file", "target/file/x", "target/file/", "new/", "loop"}) {
    EXPECT_FALSE(resolve_path(in(path))) << path;
  }
}

TEST_F(FilePlaceTest, IsNeverWhereAStrangersLinkLeads) {
  const std::string file = in("target/file");
  link("sticky", 01777, kAnonymous, file);
  link("open", 0777, kAnonymous, file);         // every user can replace it as well
  link("of-a-group", 01775, kAnonymous, file);  // sticky: its members are strangers
  link("on-the-way", 01777, kAnonymous, in("target"));
  link("dangling", 01777, kAnonymous, in("target/new"));
  for (const char* path :
       {"sticky/link", "open/link", "of-a-group/link", "on-the-way/link/file", "dangling/link"}) {
    EXPECT_NE(refusal(in(path)).find("link on the way belongs to another user"), std::string::npos)
        << path;
  }
  // By way of a link of one's own.
  fs::create_symlink("sticky/link", in("mine"));
  EXPECT_NE(refusal(in("mine")), "");
}

TEST_F(FilePlaceTest, IsWhereALinkOfOnesOwnOrOfTheFoldersOwnerLeads) {
  const std::string file = in("target/file");
  link("own", 01777, ::geteuid(), file);
  link("private", 0755, kAnonymous, file);  // who may write there may do so with the file itself
  link("theirs", 01777, kAnonymous, file);
  ASSERT_EQ(::chown(in("theirs").c_str(), kAnonymous, kAnonymous), 0);
  for (const char* path : {"own/link", "private/link", "theirs/link"}) {
    const auto found = resolve_path(in(path));
    ASSERT_TRUE(found) << path << ": " << found.error().to_string();
    EXPECT_EQ(found->path, file);
  }
}

TEST_F(FilePlaceTest, IsNoStrangersPipe) {
  fs::create_directory(in("sticky"));
  ASSERT_EQ(::chmod(in("sticky").c_str(), 01777), 0);
  ASSERT_EQ(::mkfifo(in("sticky/pipe").c_str(), 0666), 0);
  EXPECT_TRUE(resolve_path(in("sticky/pipe")));
  ASSERT_EQ(::chown(in("sticky/pipe").c_str(), kAnonymous, kAnonymous), 0);
  EXPECT_NE(refusal(in("sticky/pipe")), "");
}

TEST_F(FilePlaceTest, IsAnOpenDescriptorOfThisProcess) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reading(ends[0]);
  const Fd writing(ends[1]);
  for (const std::string folder : {"/dev/fd/", "/proc/self/fd/"}) {
    const auto found = resolve_path(folder + std::to_string(ends[1]));
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_TRUE(found->is_descriptor);
    EXPECT_TRUE(S_ISFIFO(found->status->st_mode));
  }
  const Fd file(::open(in("target/file").c_str(), O_RDONLY | O_CLOEXEC));
  const auto found = resolve_path("/dev/fd/" + std::to_string(file.get()));
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->path, in("target/file"));  // to be replaced there
  EXPECT_FALSE(found->is_descriptor);
}

}  // namespace
}  // namespace rollcall
