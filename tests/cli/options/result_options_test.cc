#include "cli/options/result_options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/options/fleet_options.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

class ResultWriterTest : public testing::Test {
 protected:
  ResultWriterTest() {
    std::string pattern = fs::temp_directory_path() / "rollcall-result-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ / "fleet.csv") << "address,ports\n198.18.1.1,80\n";
    std::ofstream(folder_ / "notes.txt") << "web42: none\n";
    fs::create_symlink("fleet.csv", folder_ / "link.csv");
    fs::create_hard_link(folder_ / "fleet.csv", folder_ / "twin.csv");
  }
  ~ResultWriterTest() override { fs::remove_all(folder_); }

  std::string error_for(const fs::path& output) const {
    const FleetOptions fleet{.files = {folder_ / "fleet.csv"}, .notes = folder_ / "notes.txt"};
    const auto writer = ResultWriter::open(output, fleet_inputs(fleet));
    return writer ? "" : writer.error().to_string();
  }

  fs::path folder_;
};

TEST_F(ResultWriterTest, RefusesToReplaceWhatTheCommandReads) {
  for (const char* name : {"fleet.csv", "link.csv", "twin.csv", "./fleet.csv"}) {
    const std::string error = error_for(folder_ / name);
    EXPECT_NE(error.find(std::string(name) + " is the inventory"), std::string::npos)
        << name << ": " << error;
  }
  EXPECT_NE(error_for(folder_ / "notes.txt").find("is the file of notes"), std::string::npos);
}

TEST_F(ResultWriterTest, TakesAnyOtherFileAndDevicesThatAreReadToo) {
  EXPECT_EQ(error_for(folder_ / "result.json"), "");
  std::ofstream(folder_ / "old.json") << "{}";
  EXPECT_EQ(error_for(folder_ / "old.json"), "");
  const std::vector<InputFile> null{{"/dev/null", "the inventory"}};
  EXPECT_TRUE(ResultWriter::open("/dev/null", null));
}

TEST_F(ResultWriterTest, KnowsTheInventoryThatTheEnvironmentNames) {
  const fs::path fleet = folder_ / "fleet.csv";
  ASSERT_EQ(::setenv("ROLLCALL_INVENTORY", fleet.c_str(), 1), 0);
  const auto writer = ResultWriter::open(fleet, fleet_inputs({}));
  ::unsetenv("ROLLCALL_INVENTORY");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kUsage);
}

TEST(ResultOptions, TakeAHyphenForStandardOutputAndNothingForAMistake) {
  const auto output_of = [](const std::string& path) {
    CLI::App app;
    ResultOptions options;
    add_result_options(app, options, false);
    std::vector<std::string> words{path, "-o"};  // the last one first
    app.parse(words);
    return options.output;
  };
  EXPECT_EQ(output_of("-"), "");
  EXPECT_EQ(output_of("./-"), "./-");
  EXPECT_EQ(output_of("a.json"), "a.json");
  EXPECT_THROW(output_of(""), CLI::ValidationError);
}

}  // namespace
}  // namespace rollcall::cli
