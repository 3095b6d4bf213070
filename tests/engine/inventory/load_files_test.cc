#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/base/fd.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class InventoryFiles : public testing::Test {
 protected:
  InventoryFiles() {
    std::string name = testing::TempDir() + "inventory_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = name;
  }
  ~InventoryFiles() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ / name; }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  static std::string error_for(const LoadRequest& request) {
    const auto inventory = load_inventory(request);
    return inventory ? "" : inventory.error().to_string();
  }

 private:
  std::filesystem::path directory_;
};

// Standard input is `path` for as long as this lives.
class StandardInput {
 public:
  explicit StandardInput(const std::string& path) : saved_(::dup(STDIN_FILENO)) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ::dup2(file.get(), STDIN_FILENO);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() { ::dup2(saved_.get(), STDIN_FILENO); }

 private:
  Fd saved_;
};

TEST_F(InventoryFiles, AreReadTogetherWithTheTargetsOfTheCommandLine) {
  LoadRequest request = with_port_80();
  request.files = {write("a.csv", "address,group\n10.0.0.1,web1\n"),
                   write("b.json", R"([{"targets":["10.0.0.2"],"labels":{"group":"web2"}}])")};
  request.targets = {"10.0.0.1:22", "10.0.0.1", "[2001:db8::1]:443"};
  const auto inventory = load_inventory(request);
  ASSERT_TRUE(inventory) << inventory.error().to_string();
  EXPECT_EQ(inventory->duplicates, 1u);
  EXPECT_THAT(lines_of(inventory->table),
              ElementsAre("web1 10.0.0.1 80 open", "web2 10.0.0.2 80 open",
                          "10.0.0.0/24 10.0.0.1 22 open", "2001:db8::/64 2001:db8::1 443 open"));
}

TEST_F(InventoryFiles, NameBothFilesOfAContradiction) {
  LoadRequest request = with_port_80();
  request.files = {write("a.csv", "address,group\n10.0.0.0/24,web1\n"),
                   write("b.csv", "address,group\n\n10.0.0.7,web2\n")};
  EXPECT_EQ(error_for(request),
            path("b.csv") + ":3:1: 10.0.0.7 port 80 is in group 'web2' here but in 'web1' at " +
                path("a.csv") + ":2:1; keep one of the two");
}

TEST_F(InventoryFiles, MayBeStandardInput) {
  const StandardInput input(write("fleet", "10.0.0.1\n"));
  LoadRequest request = with_port_80();
  request.targets = {"-", "10.0.0.2"};
  const auto inventory = load_inventory(request);
  ASSERT_TRUE(inventory) << inventory.error().to_string();
  EXPECT_EQ(inventory->table.size(), 2u);
}

TEST_F(InventoryFiles, NameStandardInputInErrors) {
  const StandardInput input(write("fleet", "10.0.0.x\n"));
  LoadRequest request = with_port_80();
  request.files = {"-"};
  EXPECT_THAT(error_for(request), StartsWith("standard input:1:1: "));
  request.targets = {"-"};
  EXPECT_THAT(error_for(request), StartsWith("standard input is named twice"));
}

TEST_F(InventoryFiles, ThatCannotBeReadAreNamed) {
  LoadRequest request = with_port_80();
  request.files = {path("none.csv")};
  EXPECT_EQ(error_for(request), path("none.csv") +
                                    ": cannot be opened; check its name and permissions: "
                                    "No such file or directory");
  request.files = {path("")};
  EXPECT_THAT(error_for(request), EndsWith(": is a directory; name a file in it"));
}

TEST_F(InventoryFiles, WithoutTargetsAreAllNamed) {
  LoadRequest request = with_port_80();
  request.files = {write("a", ""), write("b", "# none\n")};
  EXPECT_EQ(error_for(request),
            "no targets in " + path("a") + ", " + path("b") + "; add at least one");
  EXPECT_THAT(error_for({}), StartsWith("no inventory; name a file"));
}

TEST_F(InventoryFiles, ThatChangeWhileTheyAreReadAreRefused) {
  const std::string name = write("fleet", "10.0.0.1\n");
  auto file = FileSource::open(name);
  ASSERT_TRUE(file);
  std::array<char, 64> buffer{};
  EXPECT_EQ(file->read(buffer).value(), 9u);
  EXPECT_TRUE(file->unchanged());
  std::ofstream(name, std::ios::app) << "10.0.0.2\n";
  const auto unchanged = file->unchanged();
  ASSERT_FALSE(unchanged);
  EXPECT_EQ(unchanged.error().context, name + ": changed while it was read; run again");
}

TEST_F(InventoryFiles, ThatAreRewrittenAtTheSameSizeAreRefused) {
  const std::string name = write("fleet", "10.0.0.1\n");
  const auto file = FileSource::open(name);
  ASSERT_TRUE(file);
  // The time is set rather than awaited: two writes may share one tick of the kernel's clock.
  std::filesystem::last_write_time(
      name, std::filesystem::last_write_time(name) + std::chrono::milliseconds(1));
  EXPECT_FALSE(file->unchanged());
}

TEST_F(InventoryFiles, ThatAreReplacedWhileTheyAreReadAreReadWhole) {
  const std::string name = write("fleet", "10.0.0.1\n");
  const auto file = FileSource::open(name);
  ASSERT_TRUE(file);
  std::filesystem::rename(write("new", "10.0.0.2\n10.0.0.3\n"), name);
  EXPECT_TRUE(file->unchanged());
}

TEST(InventoryTargets, OfTheCommandLineNameTheArgumentAndTheColumn) {
  LoadRequest request = with_port_80();
  request.targets = {"10.0.0.1", "10.0.0.2:0"};
  EXPECT_THAT(load_inventory(request).error().context, StartsWith("command line:2:10: '0' is not"));
  request.targets = {""};
  EXPECT_THAT(load_inventory(request).error().context,
              StartsWith("command line:1:1: the address is empty"));
  request.targets = {"10.0.0.1\x1b[2J"};
  EXPECT_THAT(load_inventory(request).error().context,
              StartsWith("command line:1:9: control character \\x1b"));
  request.targets = {"10.0.0.1", "127.0.0.1"};
  EXPECT_THAT(load_inventory(request).error().context, HasSubstr("command line:2:1: 127.0.0.1 is"));
}

}  // namespace
}  // namespace rollcall::inventory
