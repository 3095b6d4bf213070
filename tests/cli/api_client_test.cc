#include "cli/api_client.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <memory>
#include <thread>

namespace rollcall::cli {
namespace {

// Answers what a test tells it to, on a port of loopback.
class ApiClientTest : public testing::Test {
 protected:
  ApiClientTest() {
    server_.Get("/api/v1/status", [this](const httplib::Request&, httplib::Response& response) {
      response.status = status_;
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
};

TEST_F(ApiClientTest, TakesAnAddressWithTheSlashThatItIsCopiedWith) {
  for (const char* end : {"", "/", "//"}) EXPECT_EQ(error_of({.url = url_ + end}), "") << end;
}

TEST_F(ApiClientTest, SaysWhatAnAddressMayHold) {
  for (const char* path : {"/api/v1", "/?a=b", "#top"}) {
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

}  // namespace
}  // namespace rollcall::cli
