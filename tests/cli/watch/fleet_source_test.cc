#include "cli/watch/fleet_source.h"

#include <gmock/gmock.h>
#include <httplib.h>

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
  Result<Fleet> fleet() {
    const auto texts = read_sources(config_.inventory, {});
    if (!texts) return std::unexpected(texts.error());
    return build_fleet(config_, *texts, said_, 1);
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
  config_.inventory.files = {write("a.csv", "address,ports\n10.0.0.1,80\n10.0.0.999,80\n")};
  const auto texts = read_sources(config_.inventory, {});
  ASSERT_TRUE(texts);
  const auto remembered = texts_from(to_document(*texts));
  ASSERT_TRUE(remembered);
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

TEST_F(Sources, ThatLostTooMuchAreNotBelieved) {
  const auto with = [](std::uint64_t a, std::uint64_t b) {
    return Fleet{nullptr, {{"a", a}, {"b", b}}};
  };
  struct Case {
    const char* description;
    Fleet after;
    bool is_believed;
  };
  for (const Case& c : {Case{"as it was", with(100, 10), true}, Case{"grown", with(200, 10), true},
                        Case{"a fifth less", with(80, 10), true},
                        Case{"a little more than a fifth less", with(79, 10), false},
                        Case{"one source is empty, and the sum hides it", with(150, 0), false},
                        Case{"a source is no longer configured", {nullptr, {{"a", 100}}}, true}}) {
    EXPECT_EQ(shrunk_too_much(with(100, 10), c.after, 20).empty(), c.is_believed) << c.description;
  }
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
