#include "cli/watch/api.h"

#include <gmock/gmock.h>
#include <httplib.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "engine/base/fd.h"
#include "tests/cli/watch/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

// A port that was free a moment ago.
int free_port() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(socket.get(), any, length), 0);
  EXPECT_EQ(::getsockname(socket.get(), any, &length), 0);
  return ntohs(address.sin_port);
}

class AnApi : public ServiceFixture {
 protected:
  void SetUp() override {
    std::ofstream(folder_.file("token")) << "a secret\n";
    const int port = free_port();
    config_.http = {.listen = fmt::format("127.0.0.1:{}", port),
                    .token_file = folder_.file("token")};
    service_ = start(system_clock_);
    auto api = Api::make(config_.http, config_.history, *service_, system_clock_);
    ASSERT_TRUE(api) << api.error().to_string();
    api_ = *std::move(api);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        service_->calls().wait(10ms);
        service_->calls().serve();
        service_->round();
      }
      service_->calls().close();
    });
    client_ = std::make_unique<httplib::Client>("127.0.0.1", port);
  }
  void TearDown() override {
    thread_ = {};
    api_.reset();
  }

  json get(const std::string& path) {
    const auto result = client_->Get(path);
    return result ? json::parse(result->body) : json();
  }
  httplib::Result post(const std::string& path, const std::string& body,
                       const std::string& token = "a secret") {
    return client_->Post(path, {{"Authorization", "Bearer " + token}}, body, "application/json");
  }
  int status_of(const httplib::Result& result) { return result ? result->status : 0; }

  std::unique_ptr<Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<httplib::Client> client_;
  std::jthread thread_;
};

TEST_F(AnApi, SaysWhatIsTrueNow) {
  for (int i = 0; i < 1000 && get("/-/ready").value("ready", false) == false; ++i) {
    std::this_thread::sleep_for(5ms);
  }
  const json status = get("/api/v1/status");
  EXPECT_EQ(status.at("schema"), "rollcall.status/1");
  EXPECT_EQ(status.at("inventory").at("targets"), kGroups * kAddresses);
  EXPECT_EQ(status.at("last_sweep").at("open"), kGroups * kAddresses);
  EXPECT_EQ(status.at("groups_not_up"), json::array());
  EXPECT_EQ(get("/-/healthy").at("healthy"), true);
  EXPECT_EQ(get("/api/v1/incidents?since_s=3600").at("incidents"), json::array());
}

TEST_F(AnApi, ChangesNothingForWhoDoesNotKnowTheToken) {
  const std::string body = R"({"group":"web1","text":"x","author":"eve"})";
  for (const char* token : {"", "a secre", "a  secret", "A SECRET", "a secrett"}) {
    EXPECT_EQ(status_of(post("/api/v1/notes", body, token)), 401) << token;
  }
  EXPECT_EQ(status_of(client_->Post("/api/v1/notes", body, "application/json")), 401);
  EXPECT_EQ(status_of(client_->Delete("/api/v1/silences/00")), 401);
  EXPECT_EQ(status_of(post("/api/v1/notes", body)), 200);
}

TEST_F(AnApi, AnswersToNoNameThatIsNotOurs) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:9750", "localhost.evil"}) {
    EXPECT_EQ(status_of(client_->Get("/api/v1/status", {{"Host", host}})), 403) << host;
  }
  for (const char* host : {"localhost:9750", "127.0.0.1", "[::1]:9750"}) {
    EXPECT_EQ(status_of(client_->Get("/api/v1/status", {{"Host", host}})), 200) << host;
  }
}

TEST_F(AnApi, KeepsSilencesUntilTheyEnd) {
  const auto added =
      post("/api/v1/silences",
           R"({"groups":["web1"],"duration_s":600,"author":"anna","reason":"disks"})");
  ASSERT_EQ(status_of(added), 201);
  const std::string id = json::parse(added->body).at("id");
  EXPECT_EQ(get("/api/v1/silences").at("silences").at(0).at("id"), id);
  EXPECT_EQ(
      status_of(client_->Delete("/api/v1/silences/" + id, {{"Authorization", "Bearer a secret"}})),
      200);
  EXPECT_EQ(get("/api/v1/silences").at("silences"), json::array());
}

TEST_F(AnApi, RefusesWhatMakesNoSense) {
  struct Case {
    const char* path;
    std::string body;
    int status;
  };
  const std::string nested(20'000, '[');
  for (const Case& c :
       {Case{"/api/v1/silences", "", 400}, Case{"/api/v1/silences", "[]", 400},
        Case{"/api/v1/silences", nested, 400},
        Case{"/api/v1/silences", R"({"duration_s":60,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences",
             R"({"groups":["nobody"],"duration_s":60,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences",
             R"({"groups":["web1"],"duration_s":1e300,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences", R"({"groups":"web1","duration_s":60})", 400},
        Case{"/api/v1/notes", R"({"group":"nobody","text":"x","author":"a"})", 400},
        Case{"/api/v1/notes", R"({"group":"web1","text":"x"})", 400},
        Case{"/api/v1/notes", std::string(Api::kBodyBytesMax + 1, ' '), 413},
        Case{"/api/v1/nothing", "{}", 404}}) {
    const auto result = post(c.path, c.body);
    EXPECT_EQ(status_of(result), c.status) << c.path << ' ' << c.body.substr(0, 80);
    if (result) {
      EXPECT_TRUE(json::accept(result->body)) << result->body;
    }
  }
}

TEST_F(AnApi, TellsHowAReloadWent) {
  EXPECT_EQ(status_of(post("/-/reload", "")), 200);
  std::ofstream(folder_.file("fleet.csv")) << "address,ports,group\n10.0.1.1,80,web1\n";
  const auto shrunken = post("/-/reload", "");
  ASSERT_EQ(status_of(shrunken), 422);
  EXPECT_THAT(shrunken->body, HasSubstr("it lost"));
  EXPECT_EQ(get("/api/v1/status").at("inventory").at("targets"), kGroups * kAddresses);
  const auto wanted = post("/-/reload?allow_shrink=1", "");
  ASSERT_EQ(status_of(wanted), 200);
  EXPECT_EQ(json::parse(wanted->body).at("targets"), 1);
}

}  // namespace
}  // namespace rollcall::cli
