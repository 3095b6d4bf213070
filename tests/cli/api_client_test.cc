#include "cli/api_client.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::cli {
namespace {

// Answers what a test tells it to, on a port of loopback.
class ApiClientTest : public testing::Test {
 protected:
  ApiClientTest() {
    server_.Get(".*/api/v1/status",
                [this](const httplib::Request& request, httplib::Response& response) {
                  paths_.push_back(request.path);
                  response.status = status_;
                  for (const char* scheme : schemes_)
                    response.headers.emplace("WWW-Authenticate", scheme);
                  response.set_content(
                      status_ == 200 ? R"({"answer":42})" : R"({"detail":"the watch says so"})",
                      "application/json");
                });
    const int port = server_.bind_to_any_port("127.0.0.1");
    url_ = "http://127.0.0.1:" + std::to_string(port);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~ApiClientTest() override {
    server_.stop();
    thread_.join();
  }

  static std::string error_of(const ClientOptions& options) {
    const auto answer = api_get(options, "/api/v1/status");
    return answer ? "" : answer.error().to_string();
  }

  httplib::Server server_;
  std::thread thread_;
  std::string url_;
  int status_ = 200;
  std::vector<const char*> schemes_;
  std::vector<std::string> paths_;  // that were asked for
};

TEST_F(ApiClientTest, TakesAnAddressWithTheSlashThatItIsCopiedWith) {
  for (const char* end : {"", "/", "//"}) EXPECT_EQ(error_of({.url = url_ + end}), "") << end;
}

TEST_F(ApiClientTest, AsksBelowThePathAtWhichAProxyShowsTheWatch) {
  for (const char* path : {"/rollcall", "/rollcall/", "/noc/rollcall//"}) {
    EXPECT_EQ(error_of({.url = url_ + path}), "") << path;
  }
  EXPECT_EQ(paths_, (std::vector<std::string>{"/rollcall/api/v1/status", "/rollcall/api/v1/status",
                                              "/noc/rollcall/api/v1/status"}));
}

TEST_F(ApiClientTest, SaysWhatAnAddressMayHold) {
  for (const char* path : {"/api/v1", "/rollcall/api/v1/status", "/?a=b", "#top", "/a#top"}) {
    const std::string error = error_of({.url = url_ + path, .url_option = "--watch"});
    EXPECT_NE(error.find("--watch: '" + url_ + path + "' says too much"), std::string::npos)
        << error;
    EXPECT_NE(error.find("as " + url_), std::string::npos) << error;
  }
  for (const char* url : {"ftp://127.0.0.1", "http://", "http:///", ""}) {
    EXPECT_NE(error_of({.url = url}).find("is no http:// or https:// address"), std::string::npos)
        << url;
    EXPECT_FALSE(check_client({.url = url})) << url;
  }
  EXPECT_TRUE(check_client({.url = "https://watch.example:9750/"}));
}

TEST_F(ApiClientTest, TellsATokenThatIsMissingFromOneThatIsWrong) {
  status_ = 401;
  schemes_ = {"Basic realm=\"rollcall\"", "Bearer"};
  ASSERT_NE(::access("/etc/rollcall/http-token", F_OK), 0) << "this host has a token of its own";
  ::unsetenv("ROLLCALL_TOKEN_FILE");
  const std::string none = error_of({.url = url_, .has_token_option = true});
  EXPECT_NE(none.find("/etc/rollcall/http-token is not to be read (No such file or directory): "
                      "name its file with --token-file or $ROLLCALL_TOKEN_FILE"),
            std::string::npos)
      << none;
  EXPECT_EQ(error_of({.url = url_}).find("--token-file"), std::string::npos);

  const std::string file = testing::TempDir() + "rollcall-token";
  std::ofstream(file) << "of another watch\n";
  const std::string wrong = error_of({.url = url_, .token_file = file});
  EXPECT_NE(wrong.find("the token in " + file + " is not this watch's"), std::string::npos)
      << wrong;

  schemes_ = {"Basic realm=\"rollcall\""};  // a token would not help
  EXPECT_NE(error_of({.url = url_}).find("the watch says so"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::cli
