#include "cli/service/inventory/fleet_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/scheduler/history/testing.h"

namespace rollcall::cli {
namespace {

using history::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class Sources : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name)) << text;
    return folder_.file(name);
  }
  Result<LoadedFleet> fleet() {
    auto choice = choose();
    if (!choice) return std::unexpected(choice.error());
    if (!choice->problems.empty()) return fail(ErrorCode::kInput, choice->problems[0].text);
    return std::move(choice->fleet);
  }
  Result<FleetChoice> choose(const FleetTexts* former = nullptr, Accepted accepted = {}) {
    SourceReader reader;
    return choose_fleet(config_, reader.read_all(config_.inventory, {}), former, said_, 1,
                        accepted);
  }
  static std::string list(int first, int last) {
    return fmt::format("address,ports,group,parent\n10.0.{}.0-10.0.{}.255,80,web1,rack1\n", first,
                       last);
  }

  TemporaryFolder folder_;
  Config config_;
  inventory::Notes said_;
};

TEST_F(Sources, OfSeveralKindsAreOneFleetThatIsCountedBySource) {
  const std::string file = write("a.csv", "address,ports,group\n10.0.0.1-10.0.0.4,80,web1\n");
  std::filesystem::create_directory(folder_.file("d"));
  write("d/one.txt", "10.0.1.1:80\n");
  write("d/two.csv", "address,ports,group\n10.0.2.1,80,web3\n");
  write("d/read.me", "this is none\n");
  config_.inventory.files = {file};
  config_.inventory.directories = {folder_.file("d")};
  const auto read = fleet();
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->table->size(), 6);
  EXPECT_THAT(read->targets, ElementsAre(Pair(file, 4), Pair(folder_.file("d"), 2)));
}

TEST_F(Sources, KeepTheirPlacesInErrorsAlsoWhenRemembered) {
  const FleetTexts texts{
      {{"a.csv", {{"a.csv", "address,ports\n10.0.0.1,80\n10.0.0.999,80\n"}}, {7}}}, {}};
  const auto remembered = texts_from(to_document(texts));
  ASSERT_TRUE(remembered);
  EXPECT_THAT(remembered->sources[0].former, ElementsAre(7));
  const auto bad = build_fleet(config_, *remembered, {}, 1);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().to_string(), HasSubstr("a.csv:3:1"));
}

TEST_F(Sources, ThatAreNoDocumentOfOursAreAnError) {
  for (const char* text : {"", "{", "[]", R"({"sources":[{"name":1}],"notes":[]})"}) {
    EXPECT_FALSE(texts_from(text)) << text;
  }
}

TEST_F(Sources, NotesThatPeopleGaveOutweighThoseOfTheFile) {
  config_.inventory.files = {write("a.csv", "address,ports,group\n10.0.0.1,80,web1\n")};
  config_.inventory.notes = write("notes", "web1: from the file\n");
  EXPECT_EQ(fleet()->table->groups()[0].note, "from the file");
  said_["web1"] = "from anna";
  EXPECT_EQ(fleet()->table->groups()[0].note, "from anna");
}

TEST_F(Sources, ThatLostOrGainedTooMuchAreNotBelieved) {
  struct Case {
    const char* description;
    std::uint64_t before, after;
    bool is_believed;
  };
  for (const Case& c :
       {Case{"as it was", 100, 100, true}, Case{"a fifth less", 100, 80, true},
        Case{"a little more than a fifth less", 100, 79, false}, Case{"empty", 100, 0, false},
        Case{"a small list grows", 48, 1048, true},
        Case{"a small list grows a lot", 48, 1049, false}, Case{"three times", 1000, 3000, true},
        Case{"more than three times", 1000, 3001, false},
        Case{"a source that was empty", 0, 100'000, true}}) {
    const std::string why = shrunk_too_much("a", c.before, c.after, config_.inventory) +
                            grown_too_much("a", c.before, c.after, config_.inventory);
    EXPECT_EQ(why.empty(), c.is_believed) << c.description;
  }
}

TEST_F(Sources, ThatGrewTooMuchKeepTheirFormerTextUntilItIsAccepted) {
  config_.inventory.files = {write("a.csv", list(0, 0)), write("b.csv", "10.1.0.1:80\n")};
  const auto first = choose();
  ASSERT_TRUE(first) << first.error().to_string();
  write("a.csv", list(0, 15));
  write("b.csv", "10.1.0.1:80\n10.1.0.2:80\n");
  const auto refused = choose(&first->texts);
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused->problems.size(), 1);
  EXPECT_THAT(refused->problems[0].text, HasSubstr("POST /-/reload?allow_growth=1"));
  EXPECT_EQ(refused->fleet.table->size(), 256 + 2);  // the other source goes on
  const auto accepted = choose(&first->texts, {.growth = true});
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->fleet.table->size(), 4096 + 2);
  // The mistake is corrected, after a restart too: no shrink.
  const auto remembered = texts_from(to_document(accepted->texts));
  write("a.csv", "# corrected\n" + list(0, 0));
  const auto corrected = choose(&*remembered);
  ASSERT_TRUE(corrected);
  EXPECT_TRUE(corrected->problems.empty());
  EXPECT_EQ(corrected->fleet.table->size(), 256 + 2);
  // Any other small list is one.
  write("a.csv", list(1, 1));
  EXPECT_EQ(choose(&*remembered)->problems.size(), 1);
}

TEST_F(Sources, DoNotFreezeEachOther) {
  config_.inventory.files = {write("a.csv", list(0, 0)), write("b.csv", "10.1.0.1:80\n")};
  config_.inventory.notes = write("notes", "web1: call anna\n");
  const auto first = choose();
  ASSERT_TRUE(first);
  struct Case {
    const char* description;
    const char* file;
    const char* text;
  };
  for (const Case& c :
       {Case{"a bad line", "b.csv", "10.1.0.999:80\n"}, Case{"no more targets", "b.csv", ""},
        Case{"another parent for a group of both", "b.csv",
             "address,ports,group,parent\n10.1.0.1,80,web1,rack2\n"},
        Case{"a typo in the notes", "notes", "no colon\n"}}) {
    write("a.csv", list(0, 0));
    write("b.csv", "10.1.0.1:80\n");
    write("notes", "web1: call anna\n");
    write(c.file, c.text);
    write("a.csv", list(0, 1));
    const auto choice = choose(&first->texts);
    ASSERT_TRUE(choice) << c.description << ": " << choice.error().to_string();
    ASSERT_EQ(choice->problems.size(), 1) << c.description;
    EXPECT_EQ(choice->problems[0].source, folder_.file(c.file)) << c.description;
    EXPECT_EQ(choice->fleet.table->size(), 512 + 1) << c.description;
    EXPECT_EQ(choice->fleet.table->groups()[0].note, "call anna") << c.description;
  }
}

TEST_F(Sources, ThatAreAllBrokenAtFirstMakeAnEmptyFleet) {
  config_.inventory.files = {folder_.file("missing.csv")};
  const auto choice = choose();
  ASSERT_TRUE(choice) << choice.error().to_string();
  EXPECT_EQ(choice->fleet.table->size(), 0);
  EXPECT_EQ(choice->problems.size(), 1);
}

TEST_F(Sources, OfMoreTargetsThanMemoryHoldsAreRefusedAlone) {
  config_.inventory.targets_max = 1000;
  config_.inventory.files = {write("a.csv", list(0, 0)), write("b.csv", "10.0.0.0/8:80\n")};
  const auto choice = choose();
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->fleet.table->size(), 256);
  EXPECT_EQ(choice->problems.size(), 1);
}

TEST_F(Sources, NameWhatIsLeftOutAndWhatIsEmpty) {
  std::filesystem::create_directory(folder_.file("d"));
  write("d/FLEET.CSV", list(0, 0));
  write("d/more.yml", "a: b\n");
  write("d/.hidden", "a: b\n");
  config_.inventory.directories = {folder_.file("d")};
  config_.inventory.files = {write("empty.txt", "")};
  const auto choice = choose();
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->fleet.table->size(), 256);
  EXPECT_THAT(choice->remarks, ElementsAre(HasSubstr("not read: more.yml"),
                                           HasSubstr("empty.txt: holds no target")));
}

TEST_F(Sources, ThatHangAreLeftBehindAndNamed) {
  const std::string pipe = folder_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Fd writer(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(writer.get(), "1", 1), 1);  // and no more: the reader waits
  config_.inventory.files = {pipe, write("a.csv", list(0, 0))};
  SourceReader reader({.file = std::chrono::milliseconds(100), .url = {}});
  const SourceReads stuck = reader.read_all(config_.inventory, {});
  ASSERT_FALSE(stuck.sources[0].content);
  EXPECT_THAT(stuck.sources[0].content.error().to_string(), HasSubstr("has not returned"));
  EXPECT_TRUE(stuck.sources[1].content);
  EXPECT_FALSE(reader.read_all(config_.inventory, {}).sources[0].content);  // the same read
  ASSERT_EQ(::write(writer.get(), "0.0.0.1:80\n", 11), 11);
  writer = {};
  SourceReads late = reader.read_all(config_.inventory, {});
  while (!late.sources[0].content) late = reader.read_all(config_.inventory, {});
  EXPECT_EQ(late.sources[0].content->texts[0].text, "10.0.0.1:80\n");
}

TEST_F(Sources, MayBeUrls) {
  httplib::Server server;
  server.Get("/sd", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"([{"targets":["10.0.0.1:80"],"labels":{"group":"web1"}}])",
                         "application/json");
  });
  server.Get("/elsewhere", [](const httplib::Request&, httplib::Response& response) {
    response.set_redirect("/sd");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::jthread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  const std::string base = "http://127.0.0.1:" + std::to_string(port);
  config_.inventory.urls = {base + "/sd"};
  const auto read = fleet();
  config_.inventory.urls = {base + "/elsewhere"};
  const auto redirected = fleet();
  server.stop();
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->table->groups()[0].name, "web1");
  ASSERT_FALSE(redirected);
  EXPECT_THAT(redirected.error().to_string(), HasSubstr("HTTP status 302"));
}

}  // namespace
}  // namespace rollcall::cli
