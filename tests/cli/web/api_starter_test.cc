// A watch whose HTTP server cannot begin works on, says so, and serves as soon as it can.
#include <gmock/gmock.h>

#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AnApiStarter : public cli::ServiceFixture {
 protected:
  void SetUp() override {
    port_ = free_port();
    config_.http = {.listen = fmt::format("127.0.0.1:{}", port_)};
    service_ = start(system_clock_);
    client_ = std::make_unique<httplib::Client>("127.0.0.1", port_);
  }
  // The service's rounds, until the condition holds.
  template <typename Condition>
  bool eventually(const Condition& condition) {
    for (int i = 0; i < 2000; ++i) {
      service_->calls().serve();
      service_->round();
      if (condition()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  std::unique_ptr<ApiStarter> starter() {
    return std::make_unique<ApiStarter>(config_.http, config_.history, *service_, system_clock_,
                                        log_, ApiStarter::Options{.limits = {}, .pause = 20ms});
  }
  int status_of(const std::string& path, const httplib::Headers& headers = {}) {
    const auto result = client_->Get(path, headers);
    return result ? result->status : 0;
  }
  bool has_problem(const std::string& text) {
    return eventually(
        [&] { return view_of(*service_)->web_problem.find(text) != std::string::npos; });
  }
  bool has_no_problem() {
    return eventually([&] { return view_of(*service_)->web_problem.empty(); });
  }

  std::uint16_t port_ = 0;
  std::unique_ptr<cli::Service> service_;
  std::unique_ptr<httplib::Client> client_;
};

TEST_F(AnApiStarter, ServesOnceTheTakenPortIsFree) {
  Fd other(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port_), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  ASSERT_EQ(::bind(other.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(other.get(), 1), 0);
  const auto made = starter();
  EXPECT_TRUE(has_problem("cannot listen on 127.0.0.1"));
  EXPECT_TRUE(eventually([&] { return view_of(*service_)->last_sweep.has_value(); }))
      << "it asks its fleet meanwhile";
  other = Fd();
  EXPECT_TRUE(has_no_problem());
  EXPECT_EQ(status_of("/-/healthy"), 200);
}

TEST_F(AnApiStarter, ServesOnceAnAddressOrWebConfigIsThere) {
  config_.http.web_config = folder_.file("web.yml");
  const auto made = starter();
  EXPECT_TRUE(has_problem("web.yml"));
  std::ofstream(folder_.file("web.yml.new")) << "basic_auth_users: {}\n";
  std::filesystem::rename(folder_.file("web.yml.new"), folder_.file("web.yml"));
  EXPECT_TRUE(has_no_problem());
  EXPECT_EQ(status_of("/-/healthy"), 200);
}

TEST_F(AnApiStarter, ServesNoOpenAddressWithoutTlsAndEndsWhileItStillTries) {
  config_.http.listen = fmt::format("0.0.0.0:{}", port_);
  auto made = starter();
  EXPECT_TRUE(has_problem("it needs tls_server_config"));
  EXPECT_EQ(status_of("/-/healthy"), 0);
  made.reset();
}

TEST_F(AnApiStarter, ServesReadersWithoutTheTokenAndTakesItWhenItComes) {
  config_.http.token_file = folder_.file("token");
  const auto made = starter();
  EXPECT_TRUE(has_problem("http.token_file"));
  EXPECT_EQ(status_of("/-/healthy"), 200);
  const auto change = [&](const std::string& token) {
    const auto result = client_->Post(
        "/api/v1/sweeps", {{"Authorization", "Bearer " + token}, {"X-Rollcall-Request", "1"}},
        R"({"group":"nobody"})", "application/json");
    return result ? result->status : 0;
  };
  EXPECT_EQ(change(""), 403) << "no token is no key";
  std::ofstream(folder_.file("token")) << "";
  EXPECT_TRUE(has_problem("there is no secret"));
  EXPECT_EQ(change(""), 403);
  std::ofstream(folder_.file("token")) << "the first\n";
  EXPECT_TRUE(has_no_problem());
  EXPECT_EQ(change("another"), 401);
  std::jthread serving([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      service_->calls().wait(10ms);
      service_->calls().serve();
    }
  });
  EXPECT_EQ(change("the first"), 404) << "let in: there is no such group";
  std::ofstream(folder_.file("token")) << "the second\n";
  for (int i = 0; i < 1000 && change("the second") != 404; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(change("the second"), 404);
  EXPECT_EQ(change("the first"), 401) << "it was rotated";
}

}  // namespace
}  // namespace rollcall::web
